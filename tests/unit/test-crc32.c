/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32 against published check values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/crc32.h"

static void crc32_gives_the_published_check_value(void **state)
{
        assert_int_equal(crc32_of("123456789", 9), 0xcbf43926); /* the "check" value of CRC-32/ISO-HDLC */
}

static void crc32_of_nothing_is_zero(void **state)
{
        assert_int_equal(crc32_of("", 0), 0);
}

static void crc32_sees_every_single_bit_flip(void **state)
{
        uint8_t data[64] = "a progress record";
        uint32_t before = crc32_of(data, sizeof(data));

        for (size_t bit = 0; bit < sizeof(data) * 8; bit++) {
                data[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_not_equal(crc32_of(data, sizeof(data)), before);
                data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(crc32_gives_the_published_check_value),
                cmocka_unit_test(crc32_of_nothing_is_zero),
                cmocka_unit_test(crc32_sees_every_single_bit_flip),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
