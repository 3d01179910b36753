/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bad ranges: compared with a map of single sectors for many random sequences, and at the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/erase/bad-ranges.h"

#define SECTORS 200

static void assert_sound(const struct bad_ranges *list)
{
        uint64_t total = 0;

        for (uint32_t i = 0; i < list->count; i++) {
                assert_true(list->ranges[i].length_bytes > 0);
                if (i > 0)
                        assert_true(list->ranges[i - 1].start_bytes + list->ranges[i - 1].length_bytes <
                                    list->ranges[i].start_bytes);
                total += list->ranges[i].length_bytes;
        }
        assert_true(list->more ? list->total_bytes > total : list->total_bytes == total);
}

static void it_holds_what_was_added_and_nothing_else(void **state)
{
        srand(1);
        for (int round = 0; round < 500; round++) {
                struct bad_ranges list = { 0 };
                uint8_t map[SECTORS] = { 0 };

                for (int i = 0; i < 40; i++) {
                        size_t start = (size_t)rand() % SECTORS, length = 1 + (size_t)rand() % 8;

                        if (start + length > SECTORS)
                                continue;
                        memset(map + start, 1, length);
                        bad_ranges_add(&list, start * 512, length * 512);
                        assert_sound(&list);
                }
                for (size_t i = 0; i < SECTORS; i++)
                        assert_int_equal(bad_ranges_touch(&list, i * 512, 512), map[i]);
        }
}

static void neighbours_become_one_in_any_order(void **state)
{
        struct bad_ranges list = { 0 };

        bad_ranges_add(&list, 4096, 512);
        bad_ranges_add(&list, 5120, 512);
        assert_int_equal(list.count, 2);
        bad_ranges_add(&list, 4608, 512);
        assert_int_equal(list.count, 1);
        assert_int_equal(list.ranges[0].start_bytes, 4096);
        assert_int_equal(list.ranges[0].length_bytes, 1536);
        bad_ranges_add(&list, 0, 65536);
        assert_int_equal(list.count, 1);
        assert_int_equal(list.total_bytes, 65536);
}

static void what_does_not_fit_is_counted_and_said(void **state)
{
        struct bad_ranges list = { 0 };

        for (uint64_t i = 0; i < BAD_RANGES_MAX; i++)
                bad_ranges_add(&list, i * 1024, 512);
        assert_int_equal(list.count, BAD_RANGES_MAX);
        assert_false(list.more);
        bad_ranges_add(&list, BAD_RANGES_MAX * 1024, 512);
        assert_true(list.more);
        assert_int_equal(list.count, BAD_RANGES_MAX);
        assert_int_equal(list.total_bytes, (BAD_RANGES_MAX + 1) * 512);
        assert_sound(&list);
        bad_ranges_add(&list, 512, 512); /* closes a gap, so it still fits */
        assert_int_equal(list.count, BAD_RANGES_MAX - 1);
        assert_sound(&list);
}

static void nonsense_is_not_added(void **state)
{
        struct bad_ranges list = { 0 };

        bad_ranges_add(&list, 512, 0);
        bad_ranges_add(&list, UINT64_MAX - 100, 512);
        assert_int_equal(list.count, 0);
        assert_int_equal(list.total_bytes, 0);
        bad_ranges_add(&list, UINT64_MAX - 511, 511);
        assert_int_equal(list.count, 1);
        assert_true(bad_ranges_touch(&list, UINT64_MAX - 1, 1));
        assert_false(bad_ranges_touch(&list, 0, 512));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_holds_what_was_added_and_nothing_else),
                cmocka_unit_test(neighbours_become_one_in_any_order),
                cmocka_unit_test(what_does_not_fit_is_counted_and_said),
                cmocka_unit_test(nonsense_is_not_added),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
