/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A FAT file system as a device: opened past the page cache, its boot sector understood. Writes nothing. */
#ifndef CLEANSLATE_LINUX_FAT_OPEN_H
#define CLEANSLATE_LINUX_FAT_OPEN_H

#include "common/format/fat.h"
#include "linux/erase/erase-device.h"

/* `flags` of open(2). *ret_device is for the caller to close, also where this fails: it comes in as ERASE_DEVICE_CLOSED. -EINVAL:
 * no FAT, or one that contradicts itself. -EBUSY: O_EXCL, and it is mounted. Other errors are the device's. */
int fat_open(const char *path, int flags, struct erase_device *ret_device, struct fat_volume *ret_volume);

/* 0 if fat_free_overwrite() would understand it; mounted or not. */
int fat_check(const char *path);

#endif
