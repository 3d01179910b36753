/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One device as the erase engine sees it: opened past the page cache, with the facts its requests need. */
#ifndef CLEANSLATE_LINUX_ERASE_DEVICE_H
#define CLEANSLATE_LINUX_ERASE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct erase_device {
        int fd;
        uint32_t sector_bytes; /* logical; the least a request can have */
        uint64_t size_bytes;
        bool writes_zeros;   /* sysfs: queue/write_zeroes_max_bytes > 0 */
        char sysfs_path[48]; /* "/sys/dev/block/8:0"; "" = not a block device, or sysfs does not show it */
};

#define ERASE_DEVICE_CLOSED \
        {                   \
                .fd = -1    \
        }

/* `flags`: O_RDONLY, O_WRONLY, O_RDWR, O_EXCL; O_DIRECT is added. */
int erase_device_open(const char *path, int flags, struct erase_device *ret);
void erase_device_close(struct erase_device *device);

/* The kernel does not know the device any more, or it became smaller than `end_bytes`: not a matter of single sectors. */
bool erase_device_is_gone(const struct erase_device *device, uint64_t end_bytes);

/* Whether this errno speaks of the medium at the place that was accessed; everything else ends a task. */
bool erase_is_medium_error(int error);

#endif
