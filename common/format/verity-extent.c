/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adds up the levels of a hash tree. */
#include "common/format/verity-extent.h"

bool verity_hash_blocks(uint64_t data_blocks, uint32_t hash_block_bytes, uint32_t digest_bytes, uint64_t *ret)
{
        uint64_t per_block = 1, total = 0;

        if (data_blocks == 0 || data_blocks > UINT64_MAX / 4 || digest_bytes == 0 || hash_block_bytes / digest_bytes < 2)
                return false;
        while (per_block * 2 <= hash_block_bytes / digest_bytes) /* a power of two, whatever the digest's size */
                per_block *= 2;
        for (uint64_t blocks = data_blocks; blocks > 1;) {
                blocks = blocks / per_block + (blocks % per_block != 0);
                total += blocks;
        }
        *ret = total;
        return true;
}
