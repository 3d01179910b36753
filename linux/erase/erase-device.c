/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/erase/erase-device.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define FILE_SECTOR_BYTES 512 /* of a regular file that stands in for a device */

/* A number that sysfs has for the device, or for the disk that the partition is on. */
static uint64_t queue_number(const char *sysfs_path, const char *name)
{
        static const char *const places[] = { "queue", "../queue" };
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                char path[128];
                _cleanup_free_ char *text = NULL;
                (void)snprintf(path, sizeof(path), "%s/%s/%s", sysfs_path, places[i], name);
                if (file_read(AT_FDCWD, path, 64, &text, NULL) == 0)
                        return strtoull(text, NULL, 10);
        }
        return 0;
}

static int look_at_block_device(struct erase_device *device, dev_t number)
{
        int sector;
        if (ioctl(device->fd, BLKSSZGET, &sector) < 0 || ioctl(device->fd, BLKGETSIZE64, &device->size_bytes) < 0)
                return -errno;
        device->sector_bytes = (uint32_t)sector;
        (void)snprintf(device->sysfs_path, sizeof(device->sysfs_path), "/sys/dev/block/%u:%u", major(number), minor(number));
        if (access(device->sysfs_path, F_OK) < 0)
                device->sysfs_path[0] = 0;
        else
                device->writes_zeros = queue_number(device->sysfs_path, "write_zeroes_max_bytes") > 0;
        return 0;
}

int erase_device_open(const char *path, int flags, struct erase_device *ret)
{
        struct erase_device device = { .sector_bytes = FILE_SECTOR_BYTES };
        struct stat status;
        device.fd = open(path, flags | O_DIRECT | O_CLOEXEC);
        if (device.fd < 0)
                return -errno;
        int r = fstat(device.fd, &status) < 0 ? -errno : 0;
        if (r == 0 && S_ISBLK(status.st_mode))
                r = look_at_block_device(&device, status.st_rdev);
        else if (r == 0)
                device.size_bytes = (uint64_t)status.st_size;
        if (r < 0) {
                erase_device_close(&device);
                return r;
        }
        *ret = device;
        return 0;
}

void erase_device_close(struct erase_device *device)
{
        close_fd(&device->fd);
        device->fd = -1;
}

bool erase_device_is_gone(const struct erase_device *device, uint64_t end_bytes)
{
        uint64_t size;
        if (!device->sysfs_path[0])
                return false;
        return access(device->sysfs_path, F_OK) < 0 || ioctl(device->fd, BLKGETSIZE64, &size) < 0 || size < end_bytes;
}

/* What the kernel's block layer makes of a medium's, a target's, a protection's, and a transport's fault, and of a request that
 * took too long (blk_errors[] of block/blk-core.c). */
bool erase_is_medium_error(int error)
{
        return error == -EIO || error == -ENODATA || error == -EREMOTEIO || error == -EILSEQ || error == -ETIMEDOUT;
}
