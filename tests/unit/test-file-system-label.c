/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Labels that each kind of file system takes, of whatever a partition is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/rebuild/file-system-label.h"

static void labels_are_cut_to_what_the_file_system_takes(void **state)
{
        static const struct {
                const char *format, *label, *expected;
        } cases[] = {
                { "ext4", "state", "state" },
                { "ext4", "0123456789abcdefg", "0123456789abcdef" },
                { "ext4", "0123456789abcd\xc3\xa4x", "0123456789abcd\xc3\xa4" },
                { "ext4", "0123456789abcde\xc3\xa4x", "0123456789abcde" }, /* half of it is none */
                { "ext4", "0123456789abc\xf0\x9f\x98\x80", "0123456789abc" },
                { "xfs", "0123456789abc", "0123456789ab" },
                { "swap", "0123456789abcdef", "0123456789abcde" },
                { "btrfs", "0123456789abcdefghijklmnopqrstuvwxyz", "0123456789abcdefghijklmnopqrstuvwxyz" },
                { "vfat", "esp", "ESP" },
                { "vfat", "boot-partition", "BOOT-PARTIT" },
                { "vfat", "a/b:c*d", "A_B_C_D" },
                { "vfat", "\xc3\xa4\xe2\x82\xac", "__" },
                { "vfat", " x", "_X" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char label[PARTITION_NAME_MAX];

                file_system_label(cases[i].format, cases[i].label, label);
                assert_string_equal(label, cases[i].expected);
        }
}

static void a_cut_may_leave_nothing(void **state)
{
        char label[PARTITION_NAME_MAX] = "x";

        label_cut("\xf0\x9f\x98\x80", 3, label);
        assert_string_equal(label, "");
        label_cut("ab", 2, label);
        assert_string_equal(label, "ab");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(labels_are_cut_to_what_the_file_system_takes),
                cmocka_unit_test(a_cut_may_leave_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
