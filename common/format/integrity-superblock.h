/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The superblock of dm-integrity below an authenticated volume (Integrity=inline of repart.d). It lies on the disk and is not
 * authenticated, so it has little say: tag size, block size, interleaving and flags are the program's, and a superblock that
 * says anything else is refused. Two lengths are taken from it, within the device: of the journal, no longer than Linux makes
 * one; a wrong one has the kernel look for data and tags in the wrong places, where no tag fits. And of the data, which may be
 * less than the device has room for, as on a partition that has grown since; a wrong one cuts the mapping short.
 * Layout: Documentation/admin-guide/device-mapper/dm-integrity.rst and struct superblock of Linux. Pure. */
#ifndef CLEANSLATE_COMMON_INTEGRITY_SUPERBLOCK_H
#define CLEANSLATE_COMMON_INTEGRITY_SUPERBLOCK_H

#include "common/base/bytes.h"
#include "common/base/err.h"

#define INTEGRITY_SUPERBLOCK_SIZE 512  /* bytes of it that are read */
#define INTEGRITY_TAG_SIZE        32   /* HMAC-SHA-256 */
#define INTEGRITY_BLOCK_SIZE      4096 /* data bytes for each tag */

/* Judges the superblock of a device of `device_sectors` sectors of 512 bytes, the superblock included. ERR_OK, with the number
 * of sectors that it maps; ERR_MISSING: there is none; ERR_TRUNCATED; ERR_VERSION; ERR_RANGE: not the one that a reset writes. */
enum err integrity_superblock_judge(struct bytes superblock, uint64_t device_sectors, uint64_t *ret_data_sectors);

#endif
