/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/running-root.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* libcryptsetup names its mappings by type, and only dm-verity's begin with this. */
#define VERITY_PREFIX "CRYPT-VERITY-"

static bool is_on_verity(int fd)
{
        struct stat status;
        char path[64];
        _cleanup_free_ char *text = NULL;
        size_t size;
        if (fstat(fd, &status) < 0)
                return false;
        (void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm/uuid", major(status.st_dev), minor(status.st_dev));
        return file_read(AT_FDCWD, path, 512, &text, &size) == 0 && text_starts_with(text, VERITY_PREFIX);
}

int running_root_open(const char *path, struct running_root *ret)
{
        int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        bool is_bare = fd >= 0;
        if (fd < 0)
                fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret = (struct running_root){ .fd = fd, .is_bare = is_bare, .is_verified = is_on_verity(fd) };
        return 0;
}
