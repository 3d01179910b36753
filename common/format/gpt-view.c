/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A GUID partition table; see gpt-view.h. Offsets are those of UEFI 2.10 tables 5.5 and 5.6. */
#include "common/format/gpt-view.h"
#include "common/base/crc32.h"
#include "common/base/memory.h"
#include "common/base/partition-type.h"
#include "common/base/utf16.h"

#define SIGNATURE      "EFI PART"
#define REVISION       0x00010000
#define ENTRY_SIZE_MIN 128
#define NAME_UNITS     36
#define BLOCK_SIZE_MIN 512
#define BLOCK_SIZE_MAX 65536

enum { AT_REVISION = 8, AT_HEADER_SIZE = 12, AT_HEADER_CRC = 16, AT_OWN_LBA = 24, AT_FIRST_USABLE = 40, AT_LAST_USABLE = 48 };
enum { AT_ENTRIES_LBA = 72, AT_ENTRY_COUNT = 80, AT_ENTRY_SIZE = 84, AT_ENTRIES_CRC = 88 };
enum { AT_TYPE = 0, AT_FIRST = 32, AT_LAST = 40, AT_NAME = 56 };
_Static_assert(AT_ENTRIES_CRC + 4 == GPT_HEADER_SIZE, "the header ends with the entries' checksum");
_Static_assert(AT_NAME + 2 * NAME_UNITS == ENTRY_SIZE_MIN, "an entry ends with its name");

/* The checksum is over the header with its own field as zeros. */
static enum err check_header(const uint8_t *block, uint32_t block_size)
{
        uint8_t copy[BLOCK_SIZE_MIN];
        uint32_t size = load_le32(block + AT_HEADER_SIZE);

        if (memcmp(block, SIGNATURE, sizeof(SIGNATURE) - 1) != 0)
                return ERR_SYNTAX;
        if (load_le32(block + AT_REVISION) != REVISION)
                return ERR_VERSION;
        if (size < GPT_HEADER_SIZE || size > sizeof(copy))
                return ERR_SYNTAX;
        memcpy(copy, block, size);
        store_le32(copy + AT_HEADER_CRC, 0);
        return crc32_of(copy, size) == load_le32(block + AT_HEADER_CRC) ? ERR_OK : ERR_CHECKSUM;
}

static bool is_power_of_two(uint32_t number)
{
        return number != 0 && (number & (number - 1)) == 0;
}

enum err gpt_table_read(const void *block, uint32_t block_size, uint64_t lba, struct gpt_table *ret)
{
        const uint8_t *bytes = block;
        struct gpt_table table;
        enum err err;

        if (block_size < BLOCK_SIZE_MIN)
                return ERR_TRUNCATED;
        if (block_size > BLOCK_SIZE_MAX || !is_power_of_two(block_size))
                return ERR_SYNTAX;
        err = check_header(bytes, block_size);
        if (err != ERR_OK)
                return err;
        table = (struct gpt_table){
                .own_lba = load_le64(bytes + AT_OWN_LBA),
                .entries_lba = load_le64(bytes + AT_ENTRIES_LBA),
                .first_usable_lba = load_le64(bytes + AT_FIRST_USABLE),
                .last_usable_lba = load_le64(bytes + AT_LAST_USABLE),
                .entry_count = load_le32(bytes + AT_ENTRY_COUNT),
                .entry_size = load_le32(bytes + AT_ENTRY_SIZE),
                .entries_crc32 = load_le32(bytes + AT_ENTRIES_CRC),
                .block_size = block_size,
        };
        if (table.own_lba != lba || table.first_usable_lba > table.last_usable_lba)
                return ERR_SYNTAX;
        if (table.entry_size < ENTRY_SIZE_MIN || !is_power_of_two(table.entry_size))
                return ERR_SYNTAX;
        if ((uint64_t)table.entry_count * table.entry_size > GPT_ENTRIES_BYTES_MAX)
                return ERR_TOO_LARGE;
        *ret = table;
        return ERR_OK;
}

static size_t entries_bytes(const struct gpt_table *table)
{
        return (size_t)table->entry_count * table->entry_size;
}

size_t gpt_table_entries_blocks(const struct gpt_table *table)
{
        return (entries_bytes(table) + table->block_size - 1) / table->block_size;
}

enum err gpt_table_check(const struct gpt_table *table, const void *entries, size_t size)
{
        if (size < entries_bytes(table))
                return ERR_TRUNCATED;
        return crc32_of(entries, entries_bytes(table)) == table->entries_crc32 ? ERR_OK : ERR_CHECKSUM;
}

static bool is_surrogate(uint16_t unit, uint16_t first)
{
        return (unit & 0xfc00) == first;
}

/* Not utf16_to_utf8() over the whole: a damaged label is still a name that a person may know. */
static void read_label(const uint8_t *name, char ret[static PARTITION_NAME_MAX])
{
        struct writer writer = writer_over(ret, PARTITION_NAME_MAX);

        for (size_t at = 0; at < NAME_UNITS && load_le16(name + 2 * at) != 0; at++) {
                bool pair = at + 1 < NAME_UNITS && is_surrogate(load_le16(name + 2 * at), 0xd800) &&
                            is_surrogate(load_le16(name + 2 * at + 2), 0xdc00);

                if (utf16_to_utf8(name + 2 * at, pair ? 4 : 2, &writer) != ERR_OK)
                        writer_char(&writer, '?');
                at += pair;
        }
}

bool gpt_table_partition(const struct gpt_table *table, const void *entries, size_t size, uint32_t index,
                         struct gpt_partition *ret)
{
        const uint8_t *entry = (const uint8_t *)entries + (size_t)index * table->entry_size;
        struct gpt_partition partition = { 0 };
        uint64_t first, last;

        if (index >= table->entry_count || size < entries_bytes(table))
                return false;
        memcpy(&partition.type, entry + AT_TYPE, sizeof(partition.type));
        first = load_le64(entry + AT_FIRST);
        last = load_le64(entry + AT_LAST);
        if (guid_is_zero(&partition.type) || first < table->first_usable_lba || last > table->last_usable_lba || last < first)
                return false;
        if (last - first >= UINT64_MAX / table->block_size)
                return false;
        partition.size_bytes = (last - first + 1) * table->block_size;
        read_label(entry + AT_NAME, partition.label);
        *ret = partition;
        return true;
}

bool gpt_partition_is_system(const struct gpt_partition *partition)
{
        static const char *const prefixes[] = { "esp", "xbootldr", "root-", "usr-" };
        const char *name = partition_type_name(&partition->type);

        for (size_t i = 0; name != NULL && i < ARRAY_SIZE(prefixes); i++)
                if (text_starts_with(name, prefixes[i]))
                        return true;
        return false;
}
