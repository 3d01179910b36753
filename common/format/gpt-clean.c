/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zeroes what the table and its header do not use, and renews their checksums. Offsets are those of UEFI 2.10, tables 5.5
 * and 5.6. */
#include "common/format/gpt-clean.h"
#include "common/base/crc32.h"
#include "common/base/memory.h"
#include "common/format/gpt-view.h"

enum {
        AT_HEADER_SIZE = 12,
        AT_HEADER_CRC = 16,
        AT_RESERVED = 20,
        AT_FIRST_USABLE = 40,
        AT_LAST_USABLE = 48,
        AT_ENTRIES_CRC = 88
};
enum { ENTRY_AT_FIRST = 32 };

static bool is_used(const uint8_t *entry)
{
        struct guid type;

        memcpy(type.bytes, entry, sizeof(type.bytes));
        return !guid_is_zero(&type);
}

/* Returns where the first partition begins, UINT64_MAX if there is none. */
static uint64_t clean_entries(const struct gpt_table *table, uint8_t *entries, size_t size)
{
        size_t used = (size_t)table->entry_count * table->entry_size;
        uint64_t lowest = UINT64_MAX;

        for (size_t at = 0; at < used; at += table->entry_size) {
                uint64_t first = load_le64(entries + at + ENTRY_AT_FIRST);

                if (!is_used(entries + at))
                        memset(entries + at, 0, table->entry_size);
                else if (first < lowest)
                        lowest = first;
        }
        memset(entries + used, 0, size - used);
        return lowest;
}

enum err gpt_clean(uint8_t *header, uint32_t block_size, uint64_t lba, uint8_t *entries, size_t size, uint64_t last_usable_lba)
{
        struct gpt_table table;
        uint64_t lowest;
        enum err err = gpt_table_read(header, block_size, lba, &table);

        if (err == ERR_OK)
                err = gpt_table_check(&table, entries, size);
        if (err != ERR_OK)
                return err;
        lowest = clean_entries(&table, entries, size);
        if (table.first_usable_lba > lowest)
                store_le64(header + AT_FIRST_USABLE, lowest);
        store_le64(header + AT_LAST_USABLE, last_usable_lba);
        store_le32(header + AT_RESERVED, 0);
        store_le32(header + AT_HEADER_SIZE, GPT_HEADER_SIZE);
        memset(header + GPT_HEADER_SIZE, 0, block_size - GPT_HEADER_SIZE);
        store_le32(header + AT_ENTRIES_CRC, crc32_of(entries, (size_t)table.entry_count * table.entry_size));
        store_le32(header + AT_HEADER_CRC, 0);
        store_le32(header + AT_HEADER_CRC, crc32_of(header, GPT_HEADER_SIZE));
        return ERR_OK;
}
