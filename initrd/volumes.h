/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State and config as opened volumes: unlocking by the TPM, the mark of completeness, mounting under the W^X rule. */
#ifndef CLEANSLATE_INITRD_VOLUMES_H
#define CLEANSLATE_INITRD_VOLUMES_H

#include "initrd/sealed-key.h"
#include "initrd/volume-definitions.h"
#include "linux/image/luks.h"

/* On the root directory of a finished file system; the value is volume_mark_format()'s. Only root can set it, it is in no
 * manifest, and on an encrypted volume nobody can make one who does not have the secret: not root of the running system, either,
 * from whom the initrd keeps it. */
#define COMPLETE_XATTR "trusted.cleanslate.complete"

/* The same in the root directory of a file system that has no extended attributes (vfat). Whoever may write there can remove it,
 * and has a reset for it; none can make it. */
#define COMPLETE_FILE ".cleanslate-complete"

/* "/dev/mapper/" and its mapping's name for an encrypted definition, else the partition itself. */
int volume_path(const struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                bool encrypted, char ret[static DEVICE_PATH_MAX]);

/* The definition's volume key out of the secret. The caller wipes it. */
void volume_derive(const struct partition_definition *definition, const struct volume_key *key, struct luks_key *ret);

/* Maps the definition's volume to volume_path(), by the key that its secret yields for it and by nothing that its header says.
 * Errors of luks_open(). */
int volume_open(const struct partition_definition *definition, const char *partition_path, const struct volume_key *key);

/* What the kernel needs for volumes with Integrity=; a driver that cannot be loaded shows where such a volume is mapped. Not for
 * every boot: one of them measures the processor for a moment. */
void volume_load_integrity_drivers(struct boot_context *context);

/* Unlocks the definition's volume; *ret_key points into *keys. Sets trouble on failure. */
int volume_unlock(struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                  struct volume_keys *keys, struct volume_key **ret_key);

/* Mounts below `root` ("/sysroot") at the definition's mount point: writable, never executable. A root volume has the image's
 * /usr in it then. */
int volume_mount(struct boot_context *context, const struct partition_definition *definition, const char *volume,
                 const char *target);

/* The same for another one of its mount points, by its index in definition->mounts: with options of its own. */
int volume_mount_place(struct boot_context *context, const struct partition_definition *definition, size_t place,
                       const char *volume, const char *target);

/* Takes a volume away again that either of these has mounted there. Negative errno. */
int volume_unmount(const struct boot_context *context, const struct partition_definition *definition, const char *target);

/* Mounts it for the time of a rebuilding, and all of the file system: it does no work in the background. */
int volume_mount_for_building(struct boot_context *context, const struct partition_definition *definition, const char *volume,
                              const char *target);

/* Whether the mark is genuine, of the last reset of this device as far as that is known, and of the same reset as those of the
 * volumes before it. `key` is the one that has opened the volume; NULL for one that is not encrypted. */
bool volume_is_complete(const struct boot_context *context, const struct partition_definition *definition, const char *mounted_at,
                        const struct volume_key *key, struct volume_keys *keys);
int volume_mark_complete(const struct boot_context *context, const struct partition_definition *definition,
                         const char *mounted_at, const struct volume_key *key, const char *digest_hex,
                         const struct id128 *reset_id);

#endif
