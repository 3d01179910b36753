/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/volumes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#define WRITABLE_NEVER_EXECUTABLE (MS_NOEXEC | MS_NOSUID | MS_NODEV)

void volume_key_done(struct volume_key *key)
{
        explicit_bzero(key, sizeof(*key));
}

bool definition_is_encrypted(const struct device *device, const struct partition_definition *definition)
{
        return definition->encrypt != ENCRYPT_OFF &&
               (device->inventory.tpm.present || device->policy.settings.without_tpm != WITHOUT_TPM_PLAIN);
}

int volume_path(const struct device *device, const struct partition_definition *definition, const char *partition_path,
                bool encrypted, char ret[static DEVICE_PATH_MAX])
{
        int size = encrypted ? snprintf(ret, DEVICE_PATH_MAX, "/dev/mapper/%s", definition->label)
                             : snprintf(ret, DEVICE_PATH_MAX, "%s", partition_path);
        return size < DEVICE_PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int unseal(struct device *device, const struct partition_definition *definition, struct volume_key *key)
{
        uint8_t secret[TPM_SECRET_SIZE];
        if (!device->tpm)
                return device_trouble(device, -ENODEV, "%s is locked to a TPM, and this machine shows none.", definition->label);
        if (!device->signature_json)
                return device_trouble(device, -ENOKEY, "%s cannot be unlocked: this boot image carries no signed PCR policy.",
                                      definition->label);
        int r = tpm_unseal(device->tpm, key->token.public_key_pem, device->signature_json, device->signature_json_size,
                           key->token.blob, key->token.blob_size, secret);
        if (r == -EACCES)
                return device_trouble(device, r, "%s stays locked: this is not the boot its key was sealed for (%s).",
                                      definition->label, tpm_last_text(device->tpm));
        if (r == -ESTALE)
                return device_trouble(device, r, "%s cannot be unlocked: its key belongs to a TPM that was cleared or replaced.",
                                      definition->label);
        if (r < 0)
                return device_trouble(device, r, "%s cannot be unlocked: the TPM failed (%s).", definition->label,
                                      tpm_last_text(device->tpm));
        luks_passphrase_from_secret(secret, &key->passphrase);
        explicit_bzero(secret, sizeof(secret));
        key->present = true;
        return 0;
}

int volume_unlock(struct device *device, const struct partition_definition *definition, const char *partition_path,
                  struct volume_key *key)
{
        struct luks_token token;
        memset(&token, 0, sizeof(token));
        int r = luks_read_token(partition_path, &token);
        if (r < 0)
                return device_trouble(device, r, "%s (%s) is not an encrypted volume of this system: %s.", definition->label,
                                      partition_path, strerror(-r));
        bool same = key->present && key->token.blob_size == token.blob_size &&
                    memcmp(key->token.blob, token.blob, token.blob_size) == 0;
        if (!same) {
                volume_key_done(key);
                key->token = token;
                r = unseal(device, definition, key);
                if (r < 0)
                        return r;
        }
        r = luks_open(partition_path, definition->label, &key->passphrase);
        return r < 0 ? device_trouble(device, r, "%s (%s) does not open with its sealed key: %s.", definition->label,
                                      partition_path, strerror(-r))
                     : 0;
}

static int mount_with(struct device *device, const struct partition_definition *definition, const char *volume,
                      const char *target, const char *options)
{
        if (mount(volume, target, definition->format, WRITABLE_NEVER_EXECUTABLE, options) == 0)
                return 0;
        return device_trouble(device, -errno, "%s cannot be mounted as %s: %s.", definition->label, definition->format,
                              strerror(errno));
}

size_t volumes_in_mount_order(const struct policy *policy, size_t order[static POLICY_PARTITIONS_MAX])
{
        size_t count = 0;
        for (size_t i = 0; i < policy->partition_count; i++) {
                if (policy->partitions[i].mount_point[0] == 0 || policy->partitions[i].format[0] == 0)
                        continue;
                size_t at = count++;
                size_t length = strlen(policy->partitions[i].mount_point);
                for (; at > 0 && strlen(policy->partitions[order[at - 1]].mount_point) > length; at--)
                        order[at] = order[at - 1];
                order[at] = i;
        }
        return count;
}

int volume_mount(struct device *device, const struct partition_definition *definition, const char *volume, const char *target)
{
        return mount_with(device, definition, volume, target, NULL);
}

/* mkfs left ext4's inode tables for later. Later is the running system: with the size of the volume they would grow the reset. */
int volume_mount_for_building(struct device *device, const struct partition_definition *definition, const char *volume,
                              const char *target)
{
        return mount_with(device, definition, volume, target, strcmp(definition->format, "ext4") == 0 ? "noinit_itable" : NULL);
}

bool volume_is_complete(const char *mounted_at)
{
        char digest[SHA256_SIZE * 2];
        return getxattr(mounted_at, COMPLETE_XATTR, digest, sizeof(digest)) == (ssize_t)sizeof(digest);
}

int volume_mark_complete(const char *mounted_at, const char *digest_hex)
{
        return setxattr(mounted_at, COMPLETE_XATTR, digest_hex, SHA256_SIZE * 2, 0) < 0 ? -errno : 0;
}
