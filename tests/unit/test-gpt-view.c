/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A partition table as read from a disk: a sound one is listed, a damaged one is refused, and no number in it leads out of the
 * bytes that were read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/crc32.h"
#include "common/base/partition-type.h"
#include "common/format/gpt-view.h"

#define BLOCK   512
#define ENTRIES 8

struct disk {
        uint8_t header[BLOCK];
        uint8_t entries[ENTRIES * 128];
};

static void seal(struct disk *disk)
{
        store_le32(disk->header + 88, crc32_of(disk->entries, sizeof(disk->entries)));
        store_le32(disk->header + 16, 0);
        store_le32(disk->header + 16, crc32_of(disk->header, load_le32(disk->header + 12)));
}

static void set_entry(struct disk *disk, unsigned index, const char *type, uint64_t first, uint64_t last, const char *label)
{
        uint8_t *entry = disk->entries + 128 * index;
        struct guid guid;

        assert_true(partition_type_parse(type, strlen(type), &guid));
        memcpy(entry, &guid, sizeof(guid));
        store_le64(entry + 32, first);
        store_le64(entry + 40, last);
        for (size_t i = 0; label[i] != '\0'; i++)
                store_le16(entry + 56 + 2 * i, (uint8_t)label[i]);
}

static struct disk sound(void)
{
        struct disk disk = { .header = "EFI PART" };

        store_le32(disk.header + 8, 0x10000);
        store_le32(disk.header + 12, 92);
        store_le64(disk.header + 24, 1);
        store_le64(disk.header + 40, 34);
        store_le64(disk.header + 48, 9999);
        store_le64(disk.header + 72, 2);
        store_le32(disk.header + 80, ENTRIES);
        store_le32(disk.header + 84, 128);
        set_entry(&disk, 0, "esp", 100, 199, "esp");
        set_entry(&disk, 3, "var", 200, 2247, "state");
        seal(&disk);
        return disk;
}

static struct gpt_table read_sound(const struct disk *disk)
{
        struct gpt_table table;

        assert_int_equal(gpt_table_read(disk->header, BLOCK, 1, &table), ERR_OK);
        return table;
}

static void a_sound_table_lists_its_partitions(void **state)
{
        struct disk disk = sound();
        struct gpt_table table = read_sound(&disk);
        struct gpt_partition partition;

        assert_int_equal(table.entries_lba, 2);
        assert_int_equal(gpt_table_entries_blocks(&table), 2);
        assert_int_equal(gpt_table_check(&table, disk.entries, sizeof(disk.entries)), ERR_OK);
        assert_true(gpt_table_partition(&table, disk.entries, sizeof(disk.entries), 0, &partition));
        assert_true(gpt_partition_is_system(&partition));
        assert_false(gpt_table_partition(&table, disk.entries, sizeof(disk.entries), 1, &partition)); /* not in use */
        assert_true(gpt_table_partition(&table, disk.entries, sizeof(disk.entries), 3, &partition));
        assert_string_equal(partition.label, "state");
        assert_int_equal(partition.size_bytes, 2048 * BLOCK);
        assert_false(gpt_partition_is_system(&partition));
        assert_false(gpt_table_partition(&table, disk.entries, sizeof(disk.entries), ENTRIES, &partition));
        assert_false(gpt_table_partition(&table, disk.entries, sizeof(disk.entries) - 1, 3, &partition));
}

static void every_flipped_bit_of_the_header_is_noticed(void **state)
{
        for (size_t bit = 0; bit < 92 * 8; bit++) {
                struct disk disk = sound();
                struct gpt_table table = { .entry_count = 77 };

                disk.header[bit / 8] ^= (uint8_t)(1u << (bit % 8));
                assert_int_not_equal(gpt_table_read(disk.header, BLOCK, 1, &table), ERR_OK);
                assert_int_equal(table.entry_count, 77);
        }
}

static void a_flipped_bit_of_an_entry_is_noticed(void **state)
{
        struct disk disk = sound();
        struct gpt_table table = read_sound(&disk);

        disk.entries[sizeof(disk.entries) - 1] ^= 1;
        assert_int_equal(gpt_table_check(&table, disk.entries, sizeof(disk.entries)), ERR_CHECKSUM);
        assert_int_equal(gpt_table_check(&table, disk.entries, sizeof(disk.entries) - 1), ERR_TRUNCATED);
}

/* With right checksums: whoever can write the table can compute those. */
static void numbers_that_contradict_each_other_are_refused(void **state)
{
        static const struct {
                size_t at, width;
                uint64_t value;
                enum err err;
        } cases[] = {
                { 8, 4, 0x20000, ERR_VERSION },
                { 12, 4, 91, ERR_SYNTAX },
                { 12, 4, 513, ERR_SYNTAX },
                { 24, 8, 2, ERR_SYNTAX },
                { 40, 8, 10000, ERR_SYNTAX },
                { 80, 4, 1025, ERR_TOO_LARGE },
                { 80, 4, UINT32_MAX, ERR_TOO_LARGE },
                { 84, 4, 127, ERR_SYNTAX },
                { 84, 4, 64, ERR_SYNTAX },
                { 84, 4, 0, ERR_SYNTAX },
                { 84, 4, 0x80000000, ERR_TOO_LARGE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct disk disk = sound();
                struct gpt_table table;

                if (cases[i].width == 8)
                        store_le64(disk.header + cases[i].at, cases[i].value);
                else
                        store_le32(disk.header + cases[i].at, (uint32_t)cases[i].value);
                if (cases[i].at != 12)
                        seal(&disk);
                assert_int_equal(gpt_table_read(disk.header, BLOCK, 1, &table), cases[i].err);
        }
}

static void block_sizes_outside_of_the_specification_are_refused(void **state)
{
        struct disk disk = sound();
        struct gpt_table table;

        assert_int_equal(gpt_table_read(disk.header, 511, 1, &table), ERR_TRUNCATED);
        assert_int_equal(gpt_table_read(disk.header, 513, 1, &table), ERR_SYNTAX);
        assert_int_equal(gpt_table_read(disk.header, 1u << 17, 1, &table), ERR_SYNTAX);
        disk.header[0] = 'X';
        assert_int_equal(gpt_table_read(disk.header, BLOCK, 1, &table), ERR_SYNTAX);
}

static void partitions_that_cannot_be_are_left_out(void **state)
{
        static const uint64_t ranges[][2] = { { 200, 199 }, { 33, 100 }, { 200, 10000 }, { 200, UINT64_MAX }, { UINT64_MAX, 0 } };

        for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
                struct disk disk = sound();
                struct gpt_table table;
                struct gpt_partition partition;

                set_entry(&disk, 5, "home", ranges[i][0], ranges[i][1], "home");
                seal(&disk);
                table = read_sound(&disk);
                assert_false(gpt_table_partition(&table, disk.entries, sizeof(disk.entries), 5, &partition));
        }
}

/* A table that claims the whole address space: its size must not wrap around. */
static void sizes_that_do_not_fit_64_bits_are_left_out(void **state)
{
        struct disk disk = sound();
        struct gpt_table table;
        struct gpt_partition partition;

        store_le64(disk.header + 40, 0);
        store_le64(disk.header + 48, UINT64_MAX);
        set_entry(&disk, 5, "home", 0, UINT64_MAX, "home");
        seal(&disk);
        table = read_sound(&disk);
        assert_false(gpt_table_partition(&table, disk.entries, sizeof(disk.entries), 5, &partition));
}

static void labels_are_read_as_far_as_they_are_text(void **state)
{
        static const struct {
                uint16_t units[4];
                const char *label;
        } cases[] = {
                { { 'a', 0, 'x', 0 }, "a" },                        /* what is behind the NUL is nothing */
                { { 0xe4, 0x20ac, 0, 0 }, "\xc3\xa4\xe2\x82\xac" }, /* two and three bytes */
                { { 0xd83d, 0xde00, 'b', 0 },
                  "\xf0\x9f\x98\x80"
                  "b" },                         /* a pair */
                { { 0xd83d, 'a', 0, 0 }, "?a" }, /* half of one */
                { { 0xde00, 'a', 0, 0 }, "?a" },
                { { 'a', 0xd83d, 0, 0 }, "a?" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct disk disk = sound();
                struct gpt_table table;
                struct gpt_partition partition;

                set_entry(&disk, 5, "home", 300, 400, "12345");
                for (size_t unit = 0; unit < 4; unit++)
                        store_le16(disk.entries + 5 * 128 + 56 + 2 * unit, cases[i].units[unit]);
                store_le16(disk.entries + 5 * 128 + 56 + 8, 0);
                seal(&disk);
                table = read_sound(&disk);
                assert_true(gpt_table_partition(&table, disk.entries, sizeof(disk.entries), 5, &partition));
                assert_string_equal(partition.label, cases[i].label);
        }
}

static void the_longest_label_fits(void **state)
{
        struct disk disk = sound();
        struct gpt_table table;
        struct gpt_partition partition;

        set_entry(&disk, 7, "home", 300, 400, "");
        for (size_t unit = 0; unit < 36; unit++)
                store_le16(disk.entries + 7 * 128 + 56 + 2 * unit, 0x20ac);
        seal(&disk);
        table = read_sound(&disk);
        assert_true(gpt_table_partition(&table, disk.entries, sizeof(disk.entries), 7, &partition));
        assert_int_equal(strlen(partition.label), 108);
        store_le16(disk.entries + 7 * 128 + 56 + 2 * 35, 0xd83d); /* the first half of a pair, and the name is over */
        seal(&disk);
        table = read_sound(&disk);
        assert_true(gpt_table_partition(&table, disk.entries, sizeof(disk.entries), 7, &partition));
        assert_int_equal(strlen(partition.label), 106);
}

static void system_partitions_are_told_from_others(void **state)
{
        static const struct {
                const char *type;
                bool system;
        } cases[] = { { "esp", true },   { "xbootldr", true }, { "root", true },           { "root-verity-sig", true },
                      { "usr", true },   { "var", false },     { "home", false },          { "config", false },
                      { "swap", false }, { "srv", false },     { "linux-generic", false }, { "user-home", false } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct gpt_partition partition = { .size_bytes = 1 };

                assert_true(partition_type_parse(cases[i].type, strlen(cases[i].type), &partition.type));
                assert_int_equal(gpt_partition_is_system(&partition), cases[i].system);
        }
        assert_false(gpt_partition_is_system(&(struct gpt_partition){ .type = { { 1, 2, 3 } } }));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_sound_table_lists_its_partitions),
                cmocka_unit_test(every_flipped_bit_of_the_header_is_noticed),
                cmocka_unit_test(a_flipped_bit_of_an_entry_is_noticed),
                cmocka_unit_test(numbers_that_contradict_each_other_are_refused),
                cmocka_unit_test(block_sizes_outside_of_the_specification_are_refused),
                cmocka_unit_test(partitions_that_cannot_be_are_left_out),
                cmocka_unit_test(sizes_that_do_not_fit_64_bits_are_left_out),
                cmocka_unit_test(labels_are_read_as_far_as_they_are_text),
                cmocka_unit_test(the_longest_label_fits),
                cmocka_unit_test(system_partitions_are_told_from_others),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
