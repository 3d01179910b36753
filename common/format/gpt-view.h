/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A GUID partition table as read from a disk, for naming its partitions to a person (UEFI 2.10, chapter 5.3). Bounded and pure;
 * never decides what is erased: that is the plan's, from the verified image's policy and libfdisk's reading. */
#ifndef CLEANSLATE_COMMON_GPT_VIEW_H
#define CLEANSLATE_COMMON_GPT_VIEW_H

#include "common/base/bytes.h"
#include "common/base/err.h"
#include "common/base/guid.h"
#include "common/format/gpt.h"

#define GPT_HEADER_SIZE       92
#define GPT_ENTRIES_BYTES_MAX (128 * 1024) /* eight times what the specification asks for */

struct gpt_table {
        uint64_t own_lba, entries_lba;
        uint64_t first_usable_lba, last_usable_lba;
        uint32_t entry_count, entry_size;
        uint32_t entries_crc32;
        uint32_t block_size;
};

/* Reads the header in `block`, the block at `lba`. ERR_TRUNCATED, ERR_SYNTAX (no signature, or the numbers contradict each
 * other), ERR_VERSION, ERR_CHECKSUM, ERR_TOO_LARGE (more entries than GPT_ENTRIES_BYTES_MAX). */
enum err gpt_table_read(const void *block, uint32_t block_size, uint64_t lba, struct gpt_table *ret);

/* How much to read at entries_lba: at least entry_count * entry_size, whole blocks. */
size_t gpt_table_entries_blocks(const struct gpt_table *table);

/* ERR_TRUNCATED (fewer bytes than the table has entries), ERR_CHECKSUM. */
enum err gpt_table_check(const struct gpt_table *table, const void *entries, size_t size);

struct gpt_partition {
        struct guid type;
        char label[PARTITION_NAME_MAX]; /* UTF-8; "" = none. A character that is not UTF-16 is a '?' */
        uint64_t size_bytes;
};

/* Entry `index` of checked entries. False: not in use, or no partition could be like that (it ends before it begins, or lies
 * outside of the table's usable blocks). */
bool gpt_table_partition(const struct gpt_table *table, const void *entries, size_t size, uint32_t index,
                         struct gpt_partition *ret);

/* True for boot partitions and those of system images and their verification data, none of which a sane policy marks. */
bool gpt_partition_is_system(const struct gpt_partition *partition);

#endif
