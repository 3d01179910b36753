/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/recovery-key.h"

#include "initrd/volumes.h"
#include "linux/tpm/recovery-wrap.h"
#include <errno.h>
#include <string.h>

/* The encrypted volumes that a reset builds, as far as they are there. */
static bool find_volume(struct boot_context *context, size_t index, char ret_path[static DEVICE_PATH_MAX])
{
        const struct partition_definition *definition = &context->policy.partitions[index];
        int found = plan_find_partition(&context->policy, &context->inventory, index);
        return found >= 0 && definition->factory_reset && definition_is_encrypted(context, definition) &&
               blockdev_partition_path(context->inventory.disk_path, context->inventory.partitions[found].number, ret_path) == 0;
}

/* -ENOENT: there is none; -EACCES: there is, and the key does not open it. */
static int open_wrapped(struct boot_context *context, size_t index, const uint8_t key[static RECOVERY_KEY_SIZE],
                        char ret_path[static DEVICE_PATH_MAX], uint8_t ret_secret[static VOLUME_SECRET_SIZE])
{
        uint8_t wrapped[LUKS_TOKEN_WRAPPED_SIZE];
        if (!find_volume(context, index, ret_path) || luks_read_recovery(ret_path, wrapped) < 0)
                return -ENOENT;
        return recovery_unwrap(key, wrapped, ret_secret);
}

static int find_secret(struct boot_context *context, const uint8_t key[static RECOVERY_KEY_SIZE], struct volume_key *ret)
{
        char path[DEVICE_PATH_MAX];
        int result = -ENOENT;
        for (size_t i = 0; i < context->policy.partition_count; i++) {
                int r = open_wrapped(context, i, key, path, ret->secret);
                if (r != -ENOENT)
                        result = r;
                if (r == 0)
                        break;
        }
        return result;
}

static int replace_tokens(struct boot_context *context, const uint8_t key[static RECOVERY_KEY_SIZE],
                          const struct volume_key *sealed)
{
        uint8_t secret[VOLUME_SECRET_SIZE];
        char path[DEVICE_PATH_MAX];
        int r = 0;
        for (size_t i = 0; i < context->policy.partition_count && r == 0; i++)
                if (open_wrapped(context, i, key, path, secret) == 0 && memcmp(secret, sealed->secret, sizeof(secret)) == 0)
                        r = luks_replace_token(path, &sealed->token);
        explicit_bzero(secret, sizeof(secret));
        return r;
}

int recovery_key_use(struct boot_context *context, const char *typed)
{
        uint8_t key[RECOVERY_KEY_SIZE];
        struct volume_key sealed = { 0 };
        if (!recovery_key_parse(typed, key))
                return -EINVAL;
        int r = find_secret(context, key, &sealed);
        if (r == 0)
                r = context->tpm && context->public_key_pem ? volume_seal(context, &sealed) : -ENODEV;
        if (r == 0)
                r = replace_tokens(context, key, &sealed);
        volume_key_done(&sealed);
        explicit_bzero(key, sizeof(key));
        return r;
}
