/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Partitions that the kernel knows and the disk's table does not: a place to build in, which is gone with the power (BLKPG,
 * linux/blkpg.h). Nothing is written to the disk. */
#ifndef CLEANSLATE_LINUX_KERNEL_PARTITION_H
#define CLEANSLATE_LINUX_KERNEL_PARTITION_H

#include <stdint.h>

/* Its device node is blockdev_partition_path()'s. -EBUSY: the number is taken, or the range meets another partition. */
int kernel_partition_add(const char *disk_path, uint32_t number, uint64_t start_bytes, uint64_t size_bytes);

/* -EBUSY: something still holds it. -ENXIO: there is none. */
int kernel_partition_remove(const char *disk_path, uint32_t number);

#endif
