/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zeros written by the device itself: apart from opening it, which programs do that destroy nothing. */
#ifndef CLEANSLATE_LINUX_ERASE_ZEROS_H
#define CLEANSLATE_LINUX_ERASE_ZEROS_H

#include "linux/erase/erase-device.h"

/* BLKZEROOUT: the kernel has the device write zeros, keeping the blocks allocated. */
int erase_device_write_zeros(const struct erase_device *device, uint64_t offset_bytes, uint64_t length_bytes);

#endif
