/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the boot sector of a FAT file system, in pieces that the device can read directly. */
#include "linux/esp/fat-open.h"

#include "linux/base/cleanup.h"
#include "linux/erase/erase-buffer.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int fat_open(const char *path, int flags, struct erase_device *ret_device, struct fat_volume *ret_volume)
{
        int r = erase_device_open(path, flags, ret_device);
        if (r < 0)
                return r;
        size_t first = ret_device->sector_bytes > FAT_BOOT_SECTOR_SIZE ? ret_device->sector_bytes : FAT_BOOT_SECTOR_SIZE;
        if (first > FAT_PIECE_BYTES)
                return -EINVAL;
        _cleanup_free_ uint8_t *sector = erase_buffer_new(FAT_PIECE_BYTES);
        if (!sector)
                return -ENOMEM;
        ssize_t n = pread(ret_device->fd, sector, first, 0);
        if (n != (ssize_t)first)
                return n < 0 ? -errno : -EIO;
        enum err err = fat_volume_parse(sector, first, ret_device->size_bytes, ret_volume);
        /* Linux mounts none whose sectors are smaller than the device's */
        return err == ERR_OK && ret_volume->sector_bytes >= ret_device->sector_bytes ? 0 : -EINVAL;
}

int fat_check(const char *path)
{
        _cleanup_(erase_device_close) struct erase_device device = ERASE_DEVICE_CLOSED;
        struct fat_volume volume;
        return fat_open(path, O_RDONLY, &device, &volume);
}
