/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mark of completeness, on a volume that is mounted. */
#include "initrd/volumes.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

/* Of what a reset keeps, an older reset may have made the mark. */
static struct volume_vouchers vouchers_of(const struct partition_definition *definition, const struct volume_key *key,
                                          const uint8_t *device_key)
{
        return (struct volume_vouchers){ key ? key->secret : NULL, definition->factory_reset ? device_key : NULL };
}

/* A file system without extended attributes has a file; of one that has them, only they count. */
static ssize_t read_mark(const char *mounted_at, char mark[static VOLUME_MARK_MAX])
{
        ssize_t size = getxattr(mounted_at, COMPLETE_XATTR, mark, VOLUME_MARK_MAX);
        if (size >= 0 || errno != EOPNOTSUPP)
                return size;
        _cleanup_close_ int fd = open(mounted_at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int file = fd < 0 ? -1 : file_open_regular(fd, COMPLETE_FILE, O_NOFOLLOW);
        return file < 0 ? -1 : read(file, mark, VOLUME_MARK_MAX);
}

static int write_mark(const char *mounted_at, const char *mark, size_t size)
{
        if (setxattr(mounted_at, COMPLETE_XATTR, mark, size, 0) == 0)
                return 0;
        if (errno != EOPNOTSUPP)
                return -errno;
        _cleanup_close_ int fd = open(mounted_at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : file_replace(fd, COMPLETE_FILE, mark, size, 0600);
}

bool volume_is_complete(const struct boot_context *context, const struct partition_definition *definition, const char *mounted_at,
                        const struct volume_key *key, struct volume_keys *keys)
{
        char mark[VOLUME_MARK_MAX];
        struct id128 reset_id;
        const struct volume_vouchers vouchers = vouchers_of(definition, key, context->keys.has_mark ? context->keys.mark : NULL);
        ssize_t size = read_mark(mounted_at, mark);
        if (size < 0 || !volume_mark_verify(&vouchers, definition, mark, (size_t)size, &reset_id))
                return false;
        if (!definition->factory_reset)
                return true;
        if (keys->marked && !id128_equal(&keys->reset_id, &reset_id))
                return false;
        keys->reset_id = reset_id;
        keys->marked = true;
        return true;
}

int volume_mark_complete(const struct boot_context *context, const struct partition_definition *definition,
                         const char *mounted_at, const struct volume_key *key, const char *digest_hex,
                         const struct id128 *reset_id)
{
        char mark[VOLUME_MARK_MAX];
        uint8_t device_key[SHA256_SIZE];
        bool known = progress_keys_mark_key(&context->keys.progress, context->progress.origin, reset_id, device_key);
        if (!known && context->keys.has_mark) { /* an ordinary boot, which adds to what the last reset has built */
                memcpy(device_key, context->keys.mark, sizeof(device_key));
                known = true;
        }
        const struct volume_vouchers vouchers = vouchers_of(definition, key, known ? device_key : NULL);
        size_t size = volume_mark_format(&vouchers, definition, digest_hex, reset_id, mark);
        explicit_bzero(device_key, sizeof(device_key));
        int r = write_mark(mounted_at, mark, size);
        for (size_t i = 0; i < definition->sub_volume_count && r == 0; i++) { /* each may be what is mounted */
                char path[2 * POLICY_PATH_MAX];
                (void)snprintf(path, sizeof(path), "%s%s", mounted_at, definition->sub_volumes[i].path);
                r = write_mark(path, mark, size);
        }
        return r;
}
