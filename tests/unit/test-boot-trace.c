/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The variables that outlive a boot: what is written is read, what is damaged is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/state/boot-trace.h"

static void boot_count_is_read_as_written(void **state)
{
        static const struct {
                uint32_t boots, read;
                enum boot_reached reached;
        } cases[] = { { 0, 0, BOOT_REACHED_KERNEL },
                      { 1, 1, BOOT_REACHED_INIT },
                      { 255, 255, BOOT_REACHED_INITRD },
                      { 256, 255, BOOT_REACHED_INIT },
                      { UINT32_MAX, 255, BOOT_REACHED_KERNEL } };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct boot_count count = { cases[i].boots, cases[i].reached }, read = { .boots = 77 };
                uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];

                boot_count_encode(&count, encoded);
                assert_int_equal(boot_count_decode(encoded, sizeof(encoded), &read), ERR_OK);
                assert_int_equal(read.boots, cases[i].read);
                assert_int_equal(read.reached, cases[i].reached);
        }
}

static void damaged_boot_count_is_refused(void **state)
{
        uint8_t encoded[BOOT_COUNT_ENCODED_SIZE + 1] = { 0 };
        struct boot_count count = { .boots = 77 };

        boot_count_encode(&(struct boot_count){ .boots = 3 }, encoded);
        assert_int_equal(boot_count_decode(encoded, BOOT_COUNT_ENCODED_SIZE - 1, &count), ERR_TRUNCATED);
        assert_int_equal(boot_count_decode(encoded, 0, &count), ERR_TRUNCATED);
        assert_int_equal(boot_count_decode(encoded, sizeof(encoded), &count), ERR_TOO_LARGE);
        encoded[2] = 3;
        assert_int_equal(boot_count_decode(encoded, BOOT_COUNT_ENCODED_SIZE, &count), ERR_RANGE);
        encoded[0] = 1;
        assert_int_equal(boot_count_decode(encoded, BOOT_COUNT_ENCODED_SIZE, &count), ERR_VERSION);
        assert_int_equal(count.boots, 77);
}

static void the_last_boot_is_the_one_before_the_page(void **state)
{
        static const struct {
                uint32_t boots, boots_max;
                bool last;
        } cases[] = { { 2, 3, false }, { 3, 3, true }, { 4, 3, true }, { 1, 1, true }, { 0, 1, false }, { 9, 0, false } };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(boot_count_is_last(&(struct boot_count){ .boots = cases[i].boots }, cases[i].boots_max),
                                 cases[i].last);
}

static void what_could_not_be_noted_opens_no_page(void **state)
{
        for (enum boot_reached reached = BOOT_REACHED_KERNEL; reached < BOOT_REACHED_COUNT; reached++)
                for (uint32_t boots = 0; boots < 300; boots++) {
                        const struct boot_count count = { boots, reached };
                        assert_false(boot_count_is_used_up(&count, 0));
                        assert_int_equal(boot_count_is_used_up(&count, 3), boots >= 3 && reached != BOOT_REACHED_KERNEL);
                }
}

static void break_glass_trace_is_read_as_written(void **state)
{
        struct break_glass_trace trace = { .count = 3, .reported = 2, .last_at = UINT64_C(0x123456789a) }, read = { 0 };
        uint8_t encoded[BREAK_GLASS_ENCODED_SIZE];

        break_glass_encode(&trace, encoded);
        assert_int_equal(break_glass_decode(encoded, sizeof(encoded), &read), ERR_OK);
        assert_int_equal(read.count, 3);
        assert_int_equal(read.reported, 2);
        assert_true(read.last_at == UINT64_C(0x123456789a));
}

static void every_flipped_bit_of_the_trace_is_noticed(void **state)
{
        struct break_glass_trace trace = { .count = 3, .reported = 2, .last_at = 1700000000 };

        for (size_t bit = 0; bit < BREAK_GLASS_ENCODED_SIZE * 8; bit++) {
                struct break_glass_trace read = { .count = 77 };
                uint8_t encoded[BREAK_GLASS_ENCODED_SIZE];

                break_glass_encode(&trace, encoded);
                encoded[bit / 8] ^= (uint8_t)(1u << (bit % 8));
                assert_int_not_equal(break_glass_decode(encoded, sizeof(encoded), &read), ERR_OK);
                assert_int_equal(read.count, 77);
        }
}

static void trace_of_another_size_is_refused(void **state)
{
        struct break_glass_trace trace = { .count = 3 };
        uint8_t encoded[BREAK_GLASS_ENCODED_SIZE + 1] = { 0 };

        break_glass_encode(&trace, encoded);
        assert_int_equal(break_glass_decode(encoded, BREAK_GLASS_ENCODED_SIZE - 1, &trace), ERR_TRUNCATED);
        assert_int_equal(break_glass_decode(encoded, sizeof(encoded), &trace), ERR_TOO_LARGE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(boot_count_is_read_as_written),
                cmocka_unit_test(damaged_boot_count_is_refused),
                cmocka_unit_test(the_last_boot_is_the_one_before_the_page),
                cmocka_unit_test(what_could_not_be_noted_opens_no_page),
                cmocka_unit_test(break_glass_trace_is_read_as_written),
                cmocka_unit_test(every_flipped_bit_of_the_trace_is_noticed),
                cmocka_unit_test(trace_of_another_size_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
