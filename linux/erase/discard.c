/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/erase/discard.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

int blockdev_discard(const char *path, uint64_t offset, uint64_t length)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        uint64_t range[2] = { offset, length };
        return ioctl(fd, BLKDISCARD, range) < 0 ? -errno : 0;
}
