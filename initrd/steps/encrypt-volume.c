/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/encrypt-volume.h"

#include "initrd/steps/rebuild.h"
#include "linux/base/cleanup.h"
#include "linux/erase/erase-engine.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* A header of the very key that volume_open() maps by, for the tools of others. */
static int format_volume(const struct reset *reset, const struct partition_definition *definition, const char *path)
{
        const struct volume_key *key = &reset->key;
        struct luks_key derived;
        struct luks_passphrase passphrase;
        volume_derive(definition, key, &derived);
        luks_passphrase_from_secret(key->secret, &passphrase);
        int r = luks_format(path, definition->label, &derived, &passphrase, &key->token,
                            reset->has_recovery ? &reset->recovery : NULL);
        explicit_bzero(&derived, sizeof(derived));
        explicit_bzero(&passphrase, sizeof(passphrase));
        return r;
}

static int size_of(const char *path, uint64_t *ret_bytes)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : blockdev_size(fd, ret_bytes);
}

/* Zeros through the mapping: each sector gets its tag. */
static int write_all(const struct work *work, const char *volume)
{
        struct meter meter = report_meter(&work->context->report, "");
        const struct erase_options options = { .meter = &meter };
        struct erase_task task = { .path = volume, .pattern = PATTERN_ZEROS, .write_only = true };
        int r = size_of(volume, &task.length_bytes);
        if (r == 0)
                r = erase_write(&task, 1, &options);
        return r < 0 ? r : erase_outcome_is_clean(&task.outcome) ? 0 : -EIO;
}

static int fill_volume(const struct work *work, const char *partition_path)
{
        const struct partition_definition *definition = work->definition;
        char volume[DEVICE_PATH_MAX];
        struct luks_key key;
        int r = volume_path(work->context, definition, partition_path, true, volume);
        if (r < 0)
                return r;
        volume_derive(definition, &work->reset->key, &key);
        r = luks_open_to_fill(partition_path, definition->mapping, &key);
        explicit_bzero(&key, sizeof(key));
        if (r < 0)
                return r;
        r = write_all(work, volume);
        int closed = luks_close(definition->mapping);
        return r < 0 ? r : closed;
}

int encrypt_volume(const struct work *work, const char *partition_path)
{
        const struct partition_definition *definition = work->definition;
        const bool authenticated = definition->integrity != INTEGRITY_OFF;
        int r = rebuild_seal_key(work->reset);
        if (r < 0)
                return r;
        r = format_volume(work->reset, definition, partition_path);
        if (r == 0 && authenticated)
                r = fill_volume(work, partition_path);
        if (r == 0)
                r = volume_open(definition, partition_path, &work->reset->key);
        if (r < 0)
                return boot_trouble(work->context, r, "%s cannot be encrypted: %s.", partition_path, strerror(-r));
        detail_set(work, "LUKS2, aes-xts-plain64 with 512-bit key%s, sealed by the TPM under the signed PCR 11 policy",
                   authenticated ? " and hmac(sha256) for every sector, each written once" : "");
        return 0;
}
