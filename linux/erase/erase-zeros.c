/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BLKZEROOUT, and nothing else. */
#include "linux/erase/erase-zeros.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

int erase_device_write_zeros(const struct erase_device *device, uint64_t offset_bytes, uint64_t length_bytes)
{
        uint64_t range[2] = { offset_bytes, length_bytes };
        return ioctl(device->fd, BLKZEROOUT, range) < 0 ? -errno : 0;
}
