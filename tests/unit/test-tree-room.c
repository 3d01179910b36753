/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much room files take at least: what is said to be too much never fits, whatever mkfs does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/rebuild/tree-room.h"

#define SUM     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MIB     (UINT64_C(1) << 20)
#define TOP     "d 0755 0 0 0 9 - /etc\n"
#define A(size) "f 0644 0 0 " size " 9 " SUM " /etc/a 5 xattr user.x=3939\n"

static uint64_t needed(const char *format, const char *compression, const char *lines)
{
        struct partition_definition definition = { 0 };
        (void)snprintf(definition.format, sizeof(definition.format), "%s", format);
        (void)snprintf(definition.compression, sizeof(definition.compression), "%s", compression);
        return tree_room_needed((struct bytes){ (const uint8_t *)lines, strlen(lines) }, &definition);
}

static void a_file_takes_whole_blocks_and_a_name(void **state)
{
        (void)state;
        const struct {
                const char *format, *lines;
                uint64_t needed;
        } cases[] = {
                { "ext4", "", 4 * MIB },
                { "ext4", TOP, 4 * MIB + 128 },
                { "ext4", TOP A("0"), 4 * MIB + 256 },
                { "ext4", TOP A("1"), 4 * MIB + 256 + 1024 },
                { "ext4", TOP A("1025"), 4 * MIB + 256 + 2048 },
                { "ext3", A("1024"), 4 * MIB + 128 + 1024 },
                { "ext2", A("1024"), 128 + 1024 },
                { "xfs", A("4097"), 5 * MIB + 256 + 8192 },
                { "vfat", TOP A("513"), 64 + 1024 },
                { "btrfs", TOP A("100000000"), 100000000 },
                { "ext2", "l 0777 0 0 0 9 - /etc/l -> 5 6 7\n", 128 },
                { "ext2", "c 0600 0 0 0 9 5:1 /etc/c\n", 128 },
                { "ext2", "f 0644 0 0 1024", 128 + 1024 }, /* the line is cut off, and ends all the same */
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(needed(cases[i].format, "", cases[i].lines), cases[i].needed);
}

/* Nobody knows how small it becomes. */
static void what_is_compressed_takes_nothing_for_sure(void **state)
{
        (void)state;
        assert_int_equal(needed("btrfs", "zstd:3", TOP A("100000000")), 0);
}

static void what_is_more_than_a_number_holds_is_the_largest(void **state)
{
        (void)state;
        assert_int_equal(needed("ext4", "", A("1152921504606846975") A("1152921504606846975")),
                         4 * MIB + 256 + 2 * (UINT64_C(1) << 60));
        char lines[20 * sizeof(A("1152921504606846975"))] = "";
        for (int i = 0; i < 17; i++)
                strcat(lines, A("1152921504606846975"));
        assert_true(needed("ext4", "", lines) == UINT64_MAX);
        assert_true(needed("ext4", "", A("99999999999999999999999999")) >= UINT64_C(1) << 59);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_file_takes_whole_blocks_and_a_name),
                cmocka_unit_test(what_is_compressed_takes_nothing_for_sure),
                cmocka_unit_test(what_is_more_than_a_number_holds_is_the_largest),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
