/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mounted file system that takes up all of its device, after that has become larger. The kernel's file systems do it
 * themselves; nothing is written here. */
#ifndef CLEANSLATE_LINUX_FILE_SYSTEM_GROW_H
#define CLEANSLATE_LINUX_FILE_SYSTEM_GROW_H

#include <stdint.h>

/* `device_path`: what is mounted at `mounted_at`, the mapping of an encrypted one. 1: it has grown, to *ret_bytes of the device;
 * 0: there was nothing to do, or it is none of ext4, btrfs and xfs. Otherwise it is as it was. */
int file_system_grow(const char *device_path, const char *mounted_at, uint64_t *ret_bytes);

#endif
