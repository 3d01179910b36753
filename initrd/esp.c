/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/esp.h"

#include "linux/disk/inventory.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNT_PATH "/run/cleanslate-esp"
/* Without utf8 there are names that can be listed and not opened. What a power cut has left in the table is met again by the
 * kernel; made read-only over it, the partition would take no record, and the reset could not end. */
#define MOUNT_OPTIONS "umask=0077,utf8=1,errors=continue"

static int open_with(const struct inventory *inventory, unsigned long flags, struct esp *ret)
{
        char path[DEVICE_PATH_MAX];
        int r = inventory->esp_usable ? inventory_partition_path(inventory, &inventory->esp, path) : -ENODEV;
        if (r < 0)
                return r;
        (void)mkdir(MOUNT_PATH, 0700);
        if (mount(path, MOUNT_PATH, "vfat", flags | MS_NOEXEC | MS_NOSUID | MS_NODEV, MOUNT_OPTIONS) < 0)
                return -errno;
        ret->fd = open(MOUNT_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (ret->fd < 0) {
                int error = -errno;
                (void)umount(MOUNT_PATH);
                return error;
        }
        return 0;
}

int esp_open(const struct inventory *inventory, struct esp *ret)
{
        return open_with(inventory, 0, ret);
}

int esp_open_read_only(const struct inventory *inventory, struct esp *ret)
{
        return open_with(inventory, MS_RDONLY, ret);
}

void esp_close(struct esp *esp)
{
        if (esp->fd < 0)
                return;
        (void)syncfs(esp->fd);
        (void)close(esp->fd);
        esp->fd = -1;
        (void)umount(MOUNT_PATH);
}
