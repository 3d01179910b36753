/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices: finding them in sysfs, waiting for them, asking them for what they are. Writes to none. */
#ifndef CLEANSLATE_LINUX_BLOCKDEV_H
#define CLEANSLATE_LINUX_BLOCKDEV_H

#include "common/base/guid.h"
#include <stdbool.h>
#include <stdint.h>

#define DEVICE_PATH_MAX 64

/* Visits "/dev/NAME" of every whole disk (no partitions, no dm, loop, ram, zram, md, sr). A visitor's non-zero answer ends
 * the walk and is returned. */
int blockdev_each_disk(int (*visit)(void *context, const char *disk_path), void *context);

/* "/dev/nvme0n1" and 4 -> "/dev/nvme0n1p4", as sysfs names it. -ENODEV if the kernel does not know such a partition. */
int blockdev_partition_path(const char *disk_path, uint32_t number, char ret[static DEVICE_PATH_MAX]);

/* Kernel device events, for waiting without polling. */
int uevent_open(void);                   /* a netlink socket, or -errno */
int uevent_wait(int fd, int timeout_ms); /* 1 = something happened, 0 = time is up */

int blockdev_size(int fd, uint64_t *ret_bytes);
int blockdev_is_read_only(const char *path, bool *ret);

#endif
