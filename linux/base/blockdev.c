/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/blockdev.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static bool is_virtual(const char *name)
{
        static const char *const prefixes[] = { "dm-", "loop", "ram", "zram", "md", "sr", "fd", "nbd" };
        for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
                if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
                        return true;
        return false;
}

int blockdev_each_disk(int (*visit)(void *context, const char *disk_path), void *context)
{
        _cleanup_closedir_ DIR *directory = opendir("/sys/block");
        if (!directory)
                return -errno;
        for (struct dirent *entry; (entry = readdir(directory));) {
                char path[DEVICE_PATH_MAX];
                if (entry->d_name[0] == '.' || is_virtual(entry->d_name))
                        continue;
                if ((size_t)snprintf(path, sizeof(path), "/dev/%s", entry->d_name) >= sizeof(path))
                        continue;
                int r = visit(context, path);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int read_number(const char *path, uint32_t *ret)
{
        _cleanup_fclose_ FILE *file = fopen(path, "re");
        if (!file)
                return -errno;
        return fscanf(file, "%u", ret) == 1 ? 0 : -EIO;
}

int blockdev_partition_path(const char *disk_path, uint32_t number, char ret[static DEVICE_PATH_MAX])
{
        const char *disk = strrchr(disk_path, '/') ? strrchr(disk_path, '/') + 1 : disk_path;
        char sysfs[256];
        (void)snprintf(sysfs, sizeof(sysfs), "/sys/block/%s", disk);
        _cleanup_closedir_ DIR *directory = opendir(sysfs);
        if (!directory)
                return -errno;
        for (struct dirent *entry; (entry = readdir(directory));) {
                char path[600];
                uint32_t found;
                (void)snprintf(path, sizeof(path), "%s/%s/partition", sysfs, entry->d_name);
                if (read_number(path, &found) < 0 || found != number)
                        continue;
                return (size_t)snprintf(ret, DEVICE_PATH_MAX, "/dev/%s", entry->d_name) < DEVICE_PATH_MAX ? 0 : -ENAMETOOLONG;
        }
        return -ENODEV;
}

int uevent_open(void)
{
        int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
        if (fd < 0)
                return -errno;
        struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
                int r = -errno;
                (void)close(fd);
                return r;
        }
        return fd;
}

int uevent_wait(int fd, int timeout_ms)
{
        struct pollfd item = { .fd = fd, .events = POLLIN };
        int r = poll(&item, 1, timeout_ms);
        if (r <= 0)
                return r < 0 && errno != EINTR ? -errno : 0;
        char buffer[4096]; /* what exactly happened does not matter: callers look again */
        while (recv(fd, buffer, sizeof(buffer), 0) > 0)
                ;
        return 1;
}

int blockdev_size(int fd, uint64_t *ret_bytes)
{
        return ioctl(fd, BLKGETSIZE64, ret_bytes) < 0 ? -errno : 0;
}

int blockdev_is_read_only(const char *path, bool *ret)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        int read_only = 0;
        if (fd < 0 || ioctl(fd, BLKROGET, &read_only) < 0)
                return -errno;
        *ret = read_only != 0;
        return 0;
}
