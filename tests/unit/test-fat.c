/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which clusters are free: entries of 12, 16 and 32 bits, across pieces of the table, and boot sectors that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/format/fat.h"

#define SECTOR 512

static uint8_t boot[FAT_BOOT_SECTOR_SIZE];
static uint8_t table[FAT_PIECE_BYTES];
static struct fat_volume volume;

/* Like those that mkfs.vfat makes; then a test bends it. */
static void describe(unsigned bits, uint32_t clusters, uint8_t cluster_sectors)
{
        uint32_t table_sectors = (uint32_t)((((uint64_t)clusters + FAT_FIRST_CLUSTER) * bits + SECTOR * 8 - 1) / (SECTOR * 8));

        memset(boot, 0, sizeof(boot));
        store_le16(boot + 11, SECTOR);
        boot[13] = cluster_sectors;
        store_le16(boot + 14, bits == 32 ? 32 : 1);
        boot[16] = 2;
        store_le16(boot + 17, bits == 32 ? 0 : 512);
        if (bits == 32)
                store_le32(boot + 36, table_sectors);
        else
                store_le16(boot + 22, (uint16_t)table_sectors);
        uint32_t front = (bits == 32 ? 32 : 1 + 32) + 2 * table_sectors;
        store_le32(boot + 32, front + clusters * cluster_sectors);
}

static enum err parse(void)
{
        return fat_volume_parse(boot, sizeof(boot), UINT64_C(1) << 40, &volume);
}

static void use_up(uint32_t index)
{
        if (volume.entry_bits == 32)
                store_le32(table + index * 4, 0x0FFFFFFF);
        else if (volume.entry_bits == 16)
                store_le16(table + index * 2, 0xFFFF);
        else
                store_le16(table + index * 3 / 2, (uint16_t)(load_le16(table + index * 3 / 2) | (index % 2 ? 0xFFF0 : 0x0FFF)));
}

static void volumes_are_understood(void **state)
{
        static const struct {
                unsigned bits;
                uint32_t clusters;
                uint8_t cluster_sectors;
                uint64_t data_offset;
        } cases[] = {
                { 12, 2000, 4, (1 + 2 * 6 + 32) * SECTOR },
                { 12, 0xFF4, 1, (1 + 2 * 12 + 32) * SECTOR },
                { 16, 0xFF5, 1, (1 + 2 * 16 + 32) * SECTOR },
                { 16, 60000, 8, (1 + 2 * 235 + 32) * SECTOR },
                { 32, 70000, 2, (32 + 2 * 547) * SECTOR },
                { 32, 100, 1, (32 + 2 * 1) * SECTOR }, /* too few by the specification, and Linux takes it */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                describe(cases[i].bits, cases[i].clusters, cases[i].cluster_sectors);
                assert_int_equal(parse(), ERR_OK);
                assert_int_equal(volume.entry_bits, cases[i].bits);
                assert_int_equal(volume.clusters, cases[i].clusters);
                assert_int_equal(volume.cluster_bytes, cases[i].cluster_sectors * SECTOR);
                assert_int_equal(volume.data_offset, cases[i].data_offset);
                assert_int_equal(volume.tables, 2);
        }
}

static void a_table_shorter_than_the_data_bounds_the_clusters(void **state)
{
        describe(32, 1000, 1);
        store_le32(boot + 36, 1);
        assert_int_equal(parse(), ERR_OK);
        assert_int_equal(volume.clusters, SECTOR / 4 - FAT_FIRST_CLUSTER);
}

static void boot_sectors_that_lie_are_refused(void **state)
{
        static const struct {
                unsigned at, size;
                uint32_t value;
                enum err expected;
        } cases[] = {
                { 11, 2, 0, ERR_SYNTAX },   { 11, 2, 256, ERR_SYNTAX }, { 11, 2, 8192, ERR_SYNTAX },
                { 11, 2, 513, ERR_SYNTAX }, { 13, 1, 0, ERR_SYNTAX },   { 13, 1, 3, ERR_SYNTAX },
                { 14, 2, 0, ERR_SYNTAX },   { 16, 1, 0, ERR_SYNTAX },   { 36, 4, 0, ERR_SYNTAX },
                { 32, 4, 0, ERR_RANGE },    { 32, 4, 40, ERR_RANGE },   { 36, 4, 0xFFFFFFFF, ERR_RANGE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                describe(32, 70000, 2);
                memset(boot + cases[i].at, 0, cases[i].size);
                for (unsigned b = 0; b < cases[i].size; b++)
                        boot[cases[i].at + b] = (uint8_t)(cases[i].value >> 8 * b);
                assert_int_equal(parse(), cases[i].expected);
        }
        describe(32, 70000, 2);
        assert_int_equal(fat_volume_parse(boot, FAT_BOOT_SECTOR_SIZE - 1, UINT64_C(1) << 40, &volume), ERR_TRUNCATED);
        /* one sector less than it says it has */
        uint64_t bytes = (uint64_t)load_le32(boot + 32) * SECTOR;
        assert_int_equal(fat_volume_parse(boot, sizeof(boot), bytes, &volume), ERR_OK);
        assert_int_equal(fat_volume_parse(boot, sizeof(boot), bytes - 1, &volume), ERR_RANGE);
}

/* Two runs and a single cluster, told apart at every width. */
static void runs_of_free_clusters_are_found(void **state)
{
        static const unsigned widths[] = { 12, 16, 32 };
        static const uint32_t used[] = { 0, 1, 2, 3, 7, 9, 100 };

        for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
                describe(widths[w], widths[w] == 16 ? 0xFF5 : 120, 1);
                assert_int_equal(parse(), ERR_OK);
                memset(table, 0, sizeof(table));
                for (size_t i = 0; i < ARRAY_SIZE(used); i++)
                        use_up(used[i]);
                struct fat_piece piece = fat_piece_at(&volume, 0);
                assert_int_equal(piece.entries, volume.clusters + FAT_FIRST_CLUSTER);
                static const uint32_t starts[] = { 4, 8, 10 }, ends[] = { 7, 9, 100 };
                uint32_t from = 0;
                for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
                        struct fat_run run = fat_next_free(&volume, &piece, table, from);
                        assert_int_equal(run.offset, volume.data_offset + (starts[i] - 2) * SECTOR);
                        assert_int_equal(run.length_bytes, (ends[i] - starts[i]) * SECTOR);
                        from = run.next;
                }
                struct fat_run last = fat_next_free(&volume, &piece, table, from);
                assert_int_equal(last.offset + last.length_bytes, volume.data_offset + (uint64_t)volume.clusters * SECTOR);
                assert_int_equal(fat_next_free(&volume, &piece, table, last.next).length_bytes, 0);
        }
}

/* The upper four bits of 32 are nobody's. */
static void reserved_bits_make_no_cluster_used(void **state)
{
        describe(32, 100, 1);
        assert_int_equal(parse(), ERR_OK);
        memset(table, 0, sizeof(table));
        for (uint32_t i = 0; i < 102; i++)
                store_le32(table + i * 4, 0xF0000000);
        struct fat_piece piece = fat_piece_at(&volume, 0);
        assert_int_equal(fat_next_free(&volume, &piece, table, 0).length_bytes, 100 * SECTOR);
}

static void pieces_cover_the_table_once(void **state)
{
        static const uint32_t sizes[] = { 12286, 12287, 24574, 30000, 30001 };

        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                describe(32, sizes[i], 1);
                assert_int_equal(parse(), ERR_OK);
                uint64_t entries = 0, free_bytes = 0, next_offset = volume.data_offset;
                struct fat_piece piece;
                memset(table, 0, sizeof(table));
                for (uint32_t index = 0; (piece = fat_piece_at(&volume, index)).entries > 0; index++) {
                        assert_int_equal(piece.first, entries);
                        assert_int_equal(piece.offset, entries * 4);
                        assert_true(piece.length_bytes % SECTOR == 0 && piece.length_bytes <= FAT_PIECE_BYTES);
                        assert_true(piece.offset + piece.length_bytes <= volume.table_length);
                        struct fat_run run = fat_next_free(&volume, &piece, table, 0);
                        assert_int_equal(run.offset, next_offset);
                        next_offset = run.offset + run.length_bytes;
                        free_bytes += run.length_bytes;
                        entries += piece.entries;
                }
                assert_int_equal(entries, sizes[i] + FAT_FIRST_CLUSTER);
                assert_int_equal(free_bytes, (uint64_t)sizes[i] * SECTOR);
        }
}

/* Every byte is structure, table, cluster or spare, and none is two of them. */
static void what_is_spare_is_nothing_else(void **state)
{
        static const struct {
                unsigned bits;
                uint32_t clusters;
                uint16_t info, backup, reserved;
                uint32_t longer_tables, behind; /* sectors */
                struct fat_range expected[8];   /* sectors here */
        } cases[] = {
                { 16, 5000, 0, 0, 1, 0, 0, { { 0, 0 } } },
                { 16, 5000, 0, 0, 4, 0, 0, { { 1, 3 }, { 0, 0 } } },
                { 16, 5000, 0, 0, 1, 2, 3, { { 21, 2 }, { 43, 2 }, { 5077, 3 }, { 0, 0 } } },
                { 32, 1000, 1, 6, 32, 0, 0, { { 2, 4 }, { 8, 24 }, { 0, 0 } } },
                { 32, 1000, 1, 0, 32, 0, 7, { { 2, 30 }, { 1048, 7 }, { 0, 0 } } },
                { 32, 1000, 0, 6, 8, 0, 0, { { 1, 5 }, { 7, 1 }, { 0, 0 } } },
                { 32, 1000, 40, 50, 8, 0, 0, { { 1, 7 }, { 0, 0 } } }, /* not there */
                { 32, 1000, 31, 6, 32, 0, 0, { { 1, 5 }, { 7, 24 }, { 0, 0 } } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                size_t index = 0;

                describe(cases[i].bits, cases[i].clusters, 1);
                uint32_t table_sectors =
                        (cases[i].bits == 32 ? load_le32(boot + 36) : load_le16(boot + 22)) + cases[i].longer_tables;
                if (cases[i].bits == 32)
                        store_le32(boot + 36, table_sectors);
                else
                        store_le16(boot + 22, (uint16_t)table_sectors);
                store_le16(boot + 14, cases[i].reserved);
                store_le16(boot + 48, cases[i].info);
                store_le16(boot + 50, cases[i].backup);
                uint32_t front = cases[i].reserved + 2 * table_sectors + (cases[i].bits == 32 ? 0 : 32);
                store_le32(boot + 32, front + cases[i].clusters);
                uint64_t bytes = ((uint64_t)front + cases[i].clusters + cases[i].behind) * SECTOR;
                assert_int_equal(fat_volume_parse(boot, sizeof(boot), bytes, &volume), ERR_OK);
                assert_int_equal(volume.clusters, cases[i].clusters);
                struct fat_range range = { 0 };
                while ((range = fat_next_spare(&volume, range.offset + range.length_bytes)).length_bytes > 0) {
                        if (range.offset != cases[i].expected[index].offset * SECTOR ||
                            range.length_bytes != cases[i].expected[index].length_bytes * SECTOR)
                                fail_msg("case %u: %u sectors at %u", (unsigned)i, (unsigned)(range.length_bytes / SECTOR),
                                         (unsigned)(range.offset / SECTOR));
                        index++;
                }
                if (cases[i].expected[index].length_bytes > 0)
                        fail_msg("case %u: %u ranges", (unsigned)i, (unsigned)index);
        }
}

static void the_count_of_free_clusters_keeps_what_is_defined(void **state)
{
        uint8_t sector[1024], zeros[1024] = { 0 };

        memset(sector, 0xC5, sizeof(sector));
        store_le32(sector, 0x41615252);
        store_le32(sector + 484, 0x61417272);
        store_le32(sector + 488, 1234);
        store_le32(sector + 492, 5678);
        store_le32(sector + 508, 0xAA550000);
        fat_info_tidy(sector, sizeof(sector));
        assert_int_equal(load_le32(sector), 0x41615252);
        assert_int_equal(load_le32(sector + 484), 0x61417272);
        assert_int_equal(load_le32(sector + 488), 1234);
        assert_int_equal(load_le32(sector + 492), 5678);
        assert_int_equal(load_le32(sector + 508), 0xAA550000);
        assert_null(memchr(sector, 0xC5, sizeof(sector)));
        sector[0] = 0;
        fat_info_tidy(sector, sizeof(sector));
        assert_memory_equal(sector, zeros, sizeof(sector));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(volumes_are_understood),
                cmocka_unit_test(a_table_shorter_than_the_data_bounds_the_clusters),
                cmocka_unit_test(boot_sectors_that_lie_are_refused),
                cmocka_unit_test(runs_of_free_clusters_are_found),
                cmocka_unit_test(reserved_bits_make_no_cluster_used),
                cmocka_unit_test(pieces_cover_the_table_once),
                cmocka_unit_test(what_is_spare_is_nothing_else),
                cmocka_unit_test(the_count_of_free_clusters_keeps_what_is_defined),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
