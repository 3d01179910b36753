/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/disk/kernel-partition.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <sys/ioctl.h>

static int change(const char *disk_path, int op, struct blkpg_partition *partition)
{
        _cleanup_close_ int fd = open(disk_path, O_RDONLY | O_CLOEXEC);
        struct blkpg_ioctl_arg argument = { .op = op, .datalen = sizeof(*partition), .data = partition };
        return fd < 0 || ioctl(fd, BLKPG, &argument) < 0 ? -errno : 0;
}

int kernel_partition_add(const char *disk_path, uint32_t number, uint64_t start_bytes, uint64_t size_bytes)
{
        struct blkpg_partition partition = { .start = (long long)start_bytes,
                                             .length = (long long)size_bytes,
                                             .pno = (int)number };
        if (start_bytes > INT64_MAX || size_bytes > INT64_MAX || number == 0 || number > INT32_MAX)
                return -ERANGE;
        return change(disk_path, BLKPG_ADD_PARTITION, &partition);
}

int kernel_partition_remove(const char *disk_path, uint32_t number)
{
        struct blkpg_partition partition = { .pno = (int)number };
        return change(disk_path, BLKPG_DEL_PARTITION, &partition);
}
