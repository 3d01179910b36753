/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The superblock of dm-integrity below an authenticated volume (Integrity=inline of repart.d). It lies on the disk and is not
 * authenticated, so it has no say: tag size, block size, interleaving and flags are the program's, the size of the mapping
 * follows from the partition's, and a superblock that says anything else is refused. Only the length of the journal is taken
 * from it, within the device; a wrong one has the kernel look for data and tags in the wrong places, where no tag fits.
 * Layout: Documentation/admin-guide/device-mapper/dm-integrity.rst and struct superblock of Linux. Pure. */
#ifndef CLEANSLATE_COMMON_INTEGRITY_SUPERBLOCK_H
#define CLEANSLATE_COMMON_INTEGRITY_SUPERBLOCK_H

#include "common/bytes.h"
#include "common/err.h"

#define INTEGRITY_SUPERBLOCK_SIZE 512  /* bytes of it that are read */
#define INTEGRITY_TAG_SIZE        32   /* HMAC-SHA-256 */
#define INTEGRITY_BLOCK_SIZE      4096 /* data bytes for each tag */

/* Judges the superblock of a device of `device_sectors` sectors of 512 bytes, the superblock included. ERR_OK, with the number
 * of sectors that it maps; ERR_MISSING: there is none; ERR_TRUNCATED; ERR_VERSION; ERR_RANGE: not the one that a reset writes. */
enum err integrity_superblock_judge(struct bytes superblock, uint64_t device_sectors, uint64_t *ret_data_sectors);

#endif
