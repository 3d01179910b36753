/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/esp-erase.h"

#include "common/rules/esp-rule.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/esp/esp-tree.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static int open_parent(int root_fd, const char *path, const char **ret_name)
{
        return esp_tree_open_parent(root_fd, path, ret_name);
}

static int write_zeros(int fd, uint64_t size)
{
        static const uint8_t zeros[65536];
        while (size > 0) {
                size_t part = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);
                int r = write_all(fd, zeros, part);
                if (r < 0)
                        return r;
                size -= part;
        }
        return 0;
}

/* The last cluster holds what other files have left behind this one's end. */
static int overwrite(int parent_fd, const char *name, const struct stat *status)
{
        struct statvfs system;
        _cleanup_close_ int fd = openat(parent_fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || fstatvfs(fd, &system) < 0)
                return -errno;
        uint64_t cluster = system.f_bsize ? system.f_bsize : 1, size = (uint64_t)status->st_size;
        uint64_t whole = (size + cluster - 1) / cluster * cluster;
        int r = write_zeros(fd, whole <= UINT32_MAX ? whole : size);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        return r;
}

int esp_erase_entry(int root_fd, const char *path, bool directory)
{
        struct stat status;
        const char *name;
        _cleanup_close_ int parent = open_parent(root_fd, path, &name);
        if (parent < 0)
                return parent;
        if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        int r = !directory && S_ISREG(status.st_mode) && status.st_size > 0 ? overwrite(parent, name, &status) : 0;
        if (r == 0 && unlinkat(parent, name, directory ? AT_REMOVEDIR : 0) < 0)
                r = -errno;
        return r;
}

static int open_directory(int root_fd, const char *path)
{
        const char *name;
        if (path[0] == 0) {
                int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        _cleanup_close_ int parent = open_parent(root_fd, path, &name);
        if (parent < 0)
                return parent;
        int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int make_empty(int directory_fd, unsigned number)
{
        char name[16];
        (void)snprintf(name, sizeof(name), ESP_SLOT_PREFIX "%05u", number);
        _cleanup_close_ int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        return fd < 0 && errno != EEXIST ? -errno : 0;
}

static int remove_empty(int directory_fd, unsigned count)
{
        char name[16];
        for (unsigned i = 0; i < count; i++) {
                struct stat status;
                (void)snprintf(name, sizeof(name), ESP_SLOT_PREFIX "%05u", i);
                if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(status.st_mode) ||
                    status.st_size > 0)
                        continue; /* somebody else's */
                if (unlinkat(directory_fd, name, 0) < 0)
                        return -errno;
        }
        return fsync(directory_fd) < 0 ? -errno : 0;
}

/* A name of 8 upper-case letters and digits takes exactly one slot of 32 bytes. */
int esp_erase_names(int root_fd, const char *path, bool *ret_complete)
{
        struct stat before, after;
        unsigned made = 0;
        int r = 0;
        _cleanup_close_ int directory = open_directory(root_fd, path);
        if (directory < 0)
                return directory;
        if (fstat(directory, &before) < 0)
                return -errno;
        for (after = before; r == 0 && after.st_size == before.st_size && made < ESP_NAMES_MAX; made++) {
                r = make_empty(directory, made);
                if (r == 0 && fstat(directory, &after) < 0)
                        r = -errno;
        }
        /* the names have to reach the disk before they go, or nothing would have been overwritten */
        if ((r == 0 || r == -ENOSPC) && fsync(directory) < 0)
                r = -errno;
        *ret_complete = r == -ENOSPC || after.st_size != before.st_size;
        int removed = remove_empty(directory, made);
        return r == 0 || r == -ENOSPC ? removed : r;
}
