/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A partition table from any disk: the first block is the header, the rest the entries. Whatever it says, what is listed is text,
 * fits its buffers and lies within the table's own bounds. The checksums are put right first, or no input would come far. */
#include "common/base/bytes.h"
#include "common/base/crc32.h"
#include "common/boot/menu-text.h"
#include "common/format/gpt-clean.h"
#include "tests/fuzz/fuzz.h"

#define BLOCK 512

static void list(const struct gpt_table *table, const uint8_t *entries, size_t size)
{
        struct os_identity os = { .id = "fuzz" };
        struct menu_facts facts = { .os = &os };
        struct menu menu = { .page = MENU_PAGE_RESET_ASK };
        struct gpt_partition partition;
        static struct menu_text text;

        for (uint32_t i = 0; i <= table->entry_count; i++) {
                if (!gpt_table_partition(table, entries, size, i, &partition))
                        continue;
                MUST(i < table->entry_count);
                MUST(strnlen(partition.label, sizeof(partition.label)) < sizeof(partition.label));
                MUST(text_is_utf8(partition.label, strlen(partition.label)));
                MUST(partition.size_bytes > 0 && partition.size_bytes % table->block_size == 0);
                if (facts.partition_count < MENU_PARTITIONS_MAX)
                        facts.partitions[facts.partition_count] = partition;
                facts.partition_count++;
        }
        menu_text_compose(&menu, &facts, &text);
        MUST(text.count < MENU_ROWS);
        for (size_t i = 0; i < text.count; i++) {
                MUST(text_is_utf8(text.lines[i].text, strlen(text.lines[i].text)));
                for (const char *at = text.lines[i].text; *at != '\0'; at++)
                        MUST((uint8_t)*at >= 0x20 && *at != 0x7f);
        }
}

/* What is cleaned is a table with the same partitions in use, as far as they fit the bounds. */
static void clean(const struct gpt_table *before, uint8_t *header, uint8_t *entries, size_t size)
{
        struct gpt_table table;
        struct gpt_partition was, is;
        uint8_t *copy = malloc(size);

        MUST(copy != NULL);
        memcpy(copy, entries, size);
        if (gpt_clean(header, BLOCK, 1, copy, size, before->last_usable_lba) == ERR_OK) {
                MUST(gpt_table_read(header, BLOCK, 1, &table) == ERR_OK && gpt_table_check(&table, copy, size) == ERR_OK);
                MUST(table.first_usable_lba <= before->first_usable_lba && table.last_usable_lba == before->last_usable_lba);
                for (uint32_t i = 0; i < before->entry_count; i++)
                        MUST(!gpt_table_partition(before, entries, size, i, &was) ||
                             (gpt_table_partition(&table, copy, size, i, &is) && is.size_bytes == was.size_bytes));
                for (size_t at = GPT_HEADER_SIZE; at < BLOCK; at++)
                        MUST(header[at] == 0);
        }
        free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct gpt_table table;
        uint8_t *copy;
        size_t rest;

        if (size < BLOCK)
                return 0;
        MUST(gpt_table_read(data, BLOCK, 1, &table) != ERR_OK ||
             gpt_table_entries_blocks(&table) <= GPT_ENTRIES_BYTES_MAX / BLOCK);
        copy = malloc(size);
        MUST(copy != NULL);
        memcpy(copy, data, size);
        rest = size - BLOCK;
        memcpy(copy, "EFI PART\0\0\1\0", 12);
        if (load_le32(copy + 12) > BLOCK)
                store_le32(copy + 12, 92);
        store_le32(copy + 88, crc32_of(copy + BLOCK, rest));
        store_le32(copy + 16, 0);
        store_le32(copy + 16, crc32_of(copy, load_le32(copy + 12)));
        if (gpt_table_read(copy, BLOCK, 1, &table) == ERR_OK) {
                (void)gpt_table_check(&table, copy + BLOCK, rest);
                list(&table, copy + BLOCK, rest);
                clean(&table, copy, copy + BLOCK, rest);
        }
        free(copy);
        return 0;
}
