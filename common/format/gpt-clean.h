/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A GUID partition table that holds nothing but the table: what a deleted entry held stays in the array, the header's block has
 * room for more than the header, and the bounds in the header are whatever somebody wrote there. Pure, in place, over one of the
 * two copies (UEFI 2.10, chapter 5.3). */
#ifndef CLEANSLATE_COMMON_GPT_CLEAN_H
#define CLEANSLATE_COMMON_GPT_CLEAN_H

#include "common/base/err.h"
#include <stddef.h>
#include <stdint.h>

#define GPT_BOOT_CODE_SIZE 440 /* of the protective MBR: UEFI 2.10, table 5.1; firmware that is UEFI does not run it */

/* `header`: the block at `lba`; `entries`: `size` bytes from entries_lba on, whole blocks. Zeroes entries without a type, what is
 * behind the last entry and behind the header; sets LastUsableLBA to `last_usable_lba`, and FirstUsableLBA, if it is not in front
 * of every partition, to where the first one begins; then both checksums. Errors are gpt_table_read()'s and gpt_table_check()'s;
 * nothing is changed then. */
enum err gpt_clean(uint8_t *header, uint32_t block_size, uint64_t lba, uint8_t *entries, size_t size, uint64_t last_usable_lba);

#endif
