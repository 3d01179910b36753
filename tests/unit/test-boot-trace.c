/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The variables that outlive a boot: what is written is read, what is damaged is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/boot-trace.h"

static void boot_count_is_read_as_written(void **state)
{
        static const struct {
                uint32_t count, read;
        } cases[] = { { 0, 0 }, { 1, 1 }, { 255, 255 }, { 256, 255 }, { UINT32_MAX, 255 } };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];
                uint32_t count = 77;

                boot_count_encode(cases[i].count, encoded);
                assert_int_equal(boot_count_decode(encoded, sizeof(encoded), &count), ERR_OK);
                assert_int_equal(count, cases[i].read);
        }
}

static void damaged_boot_count_is_refused(void **state)
{
        uint8_t encoded[BOOT_COUNT_ENCODED_SIZE + 1] = { 0 };
        uint32_t count = 77;

        boot_count_encode(3, encoded);
        assert_int_equal(boot_count_decode(encoded, 1, &count), ERR_TRUNCATED);
        assert_int_equal(boot_count_decode(encoded, 0, &count), ERR_TRUNCATED);
        assert_int_equal(boot_count_decode(encoded, sizeof(encoded), &count), ERR_TOO_LARGE);
        encoded[0] = 2;
        assert_int_equal(boot_count_decode(encoded, BOOT_COUNT_ENCODED_SIZE, &count), ERR_VERSION);
        assert_int_equal(count, 77);
}

static void break_glass_trace_is_read_as_written(void **state)
{
        struct break_glass_trace trace = { .count = 3, .told = 2, .last_at = UINT64_C(0x123456789a) }, read = { 0 };
        uint8_t encoded[BREAK_GLASS_ENCODED_SIZE];

        break_glass_encode(&trace, encoded);
        assert_int_equal(break_glass_decode(encoded, sizeof(encoded), &read), ERR_OK);
        assert_memory_equal(&read, &trace, sizeof(trace));
}

static void every_flipped_bit_of_the_trace_is_noticed(void **state)
{
        struct break_glass_trace trace = { .count = 3, .told = 2, .last_at = 1700000000 };

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
                cmocka_unit_test(break_glass_trace_is_read_as_written),
                cmocka_unit_test(every_flipped_bit_of_the_trace_is_noticed),
                cmocka_unit_test(trace_of_another_size_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
