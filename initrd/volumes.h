/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State and config as opened volumes: unlocking by the TPM, the mark of completeness, mounting under the W^X rule. */
#ifndef CLEANSLATE_INITRD_VOLUMES_H
#define CLEANSLATE_INITRD_VOLUMES_H

#include "initrd/device.h"
#include "linux/luks.h"

/* On the root directory of a finished file system; the value is the factory digest it was built from (hex). Only root can set it,
 * it is in no manifest, and inside an encrypted volume it is as trustworthy as the volume. */
#define COMPLETE_XATTR "trusted.cleanslate.complete"

/* What one boot's unsealing yields: asked for once, used for every volume sealed in the same way. Wipe with volume_key_done(). */
struct volume_key {
        struct luks_passphrase passphrase;
        struct luks_token token; /* the one it was unsealed from, or sealed into */
        bool present;
};
void volume_key_done(struct volume_key *key);

/* "/dev/mapper/LABEL" for an encrypted definition, else the partition itself. */
int volume_path(const struct device *device, const struct partition_definition *definition, const char *partition_path,
                bool encrypted, char ret[static DEVICE_PATH_MAX]);

/* Unlocks the definition's volume. Sets trouble on failure. */
int volume_unlock(struct device *device, const struct partition_definition *definition, const char *partition_path,
                  struct volume_key *key);

/* Mounts below `root` ("/sysroot") at the definition's mount point: writable, never executable. */
int volume_mount(struct device *device, const struct partition_definition *definition, const char *volume, const char *target);

/* The same for the time of a rebuilding: the file system does no work in the background. */
int volume_mount_for_building(struct device *device, const struct partition_definition *definition, const char *volume,
                              const char *target);

/* Indices of the policy's definitions that are mounted, shorter mount points first, so that /var/lib/x lies on top of /var. Their
 * number. */
size_t volumes_in_mount_order(const struct policy *policy, size_t order[static POLICY_PARTITIONS_MAX]);

bool volume_is_complete(const char *mounted_at);
int volume_mark_complete(const char *mounted_at, const char *digest_hex);

/* Whether definition's new volumes are encrypted on this machine. */
bool definition_is_encrypted(const struct device *device, const struct partition_definition *definition);

#endif
