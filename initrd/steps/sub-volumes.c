/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/steps/sub-volumes.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static const struct sub_volume *find(const struct partition_definition *definition, const char *place)
{
        for (size_t i = 0; i < definition->sub_volume_count; i++)
                if (strcmp(definition->sub_volumes[i].path, place) == 0)
                        return &definition->sub_volumes[i];
        return NULL;
}

/* Never through a link, so that nobody is led out of the file system. */
static int open_below(int fd, const char *path)
{
        int below = openat(fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return below < 0 ? -errno : below;
}

static int open_place(int root_fd, const char *place)
{
        return open_below(root_fd, place[1] ? place + 1 : ".");
}

/* Files that are made in it are written in place. */
static int forbid_copies(int fd)
{
        int flags;
        if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return -errno;
        flags |= FS_NOCOW_FL;
        return ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

static int make(const struct sub_volume *volume, int parent_fd, const char *path)
{
        struct btrfs_ioctl_vol_args arguments = { 0 };
        char parent[4096];
        const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        if ((size_t)snprintf(parent, sizeof(parent), "%.*s", (int)(name - path), path) >= sizeof(parent) ||
            (size_t)snprintf(arguments.name, sizeof(arguments.name), "%s", name) >= sizeof(arguments.name))
                return -ENAMETOOLONG;
        _cleanup_close_ int fd = open_below(parent_fd, parent[0] ? parent : ".");
        if (fd < 0)
                return fd;
        if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return -EEXIST;
        if (ioctl(fd, BTRFS_IOC_SUBVOL_CREATE, &arguments) < 0)
                return -errno;
        _cleanup_close_ int made = open_below(fd, name);
        if (made < 0)
                return made;
        if (fchmod(made, 0700) < 0)
                return -errno;
        return volume->no_cow ? forbid_copies(made) : 0;
}

int sub_volume_or_directory(const struct partition_definition *definition, int parent_fd, const char *path, const char *place)
{
        const struct sub_volume *volume = find(definition, place);
        if (volume)
                return make(volume, parent_fd, path);
        return mkdirat(parent_fd, path, 0700) < 0 ? -errno : 0;
}

int sub_volumes_verify(const struct partition_definition *definition, int root_fd, const char **ret_path)
{
        for (size_t i = 0; i < definition->sub_volume_count; i++) {
                struct stat status;
                _cleanup_close_ int fd = open_place(root_fd, definition->sub_volumes[i].path);
                *ret_path = definition->sub_volumes[i].path;
                if (fd < 0)
                        return fd;
                if (fstat(fd, &status) < 0)
                        return -errno;
                if (status.st_ino != BTRFS_FIRST_FREE_OBJECTID) /* which the root directory of each has, and nothing else */
                        return -ENODATA;
        }
        return 0;
}

static int set_default(int root_fd, const char *place)
{
        struct btrfs_ioctl_ino_lookup_args lookup = { .objectid = BTRFS_FIRST_FREE_OBJECTID };
        _cleanup_close_ int fd = open_place(root_fd, place);
        if (fd < 0)
                return fd;
        if (ioctl(fd, BTRFS_IOC_INO_LOOKUP, &lookup) < 0 || ioctl(fd, BTRFS_IOC_DEFAULT_SUBVOL, &lookup.treeid) < 0)
                return -errno;
        return 0;
}

static int set_read_only(int root_fd, const char *place)
{
        uint64_t flags;
        _cleanup_close_ int fd = open_place(root_fd, place);
        if (fd < 0)
                return fd;
        if (ioctl(fd, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) < 0)
                return -errno;
        flags |= BTRFS_SUBVOL_RDONLY;
        return ioctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, &flags) < 0 ? -errno : 0;
}

int sub_volumes_finish(const struct partition_definition *definition, int root_fd)
{
        const struct sub_volume *volumes = definition->sub_volumes;
        int r = definition->default_sub_volume ? set_default(root_fd, volumes[definition->default_sub_volume - 1].path) : 0;
        for (size_t i = 0; i < definition->sub_volume_count && r == 0; i++)
                if (volumes[i].read_only)
                        r = set_read_only(root_fd, volumes[i].path);
        return r;
}
