/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling a block device that a range of it is not needed any more. What comes of it is discard-watched's to find out. Called
 * from initrd/steps/ alone (tests/doors.py). */
#ifndef CLEANSLATE_LINUX_DISCARD_H
#define CLEANSLATE_LINUX_DISCARD_H

#include <stdint.h>

/* In bytes of the device at `path`. -EOPNOTSUPP where the device cannot. */
int blockdev_discard(const char *path, uint64_t offset, uint64_t length);

#endif
