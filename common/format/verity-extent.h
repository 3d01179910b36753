/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a hash partition the hash tree of dm-verity takes (Linux, Documentation/admin-guide/device-mapper/verity.rst, "Hash
 * Tree"; the superblock in front of it is cryptsetup's). Pure. */
#ifndef CLEANSLATE_COMMON_VERITY_EXTENT_H
#define CLEANSLATE_COMMON_VERITY_EXTENT_H

#include <stdbool.h>
#include <stdint.h>

/* Blocks of hashes over `data_blocks` blocks of data. False: no such tree (a block holds fewer than two hashes, nothing is
 * hashed, or more than a disk can hold). */
bool verity_hash_blocks(uint64_t data_blocks, uint32_t hash_block_bytes, uint32_t digest_bytes, uint64_t *ret);

#endif
