/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody at the machine may, where two files speak; the count of wrong passwords and what it costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/policy/console-access.h"

static void names_and_parser_agree(void **state)
{
        for (int i = 0; i < ACCESS_COUNT; i++) {
                const char *name = access_name((enum access)i);
                enum access access = ACCESS_COUNT;

                assert_true(access_parse(name, strlen(name), &access));
                assert_int_equal(access, i);
                assert_false(access_parse(name, strlen(name) - 1, &access));
        }
        assert_string_equal(access_name(ACCESS_COUNT), "unknown");
}

static void the_stricter_word_counts_for_each(void **state)
{
        for (int a = 0; a < ACCESS_COUNT; a++)
                for (int b = 0; b < ACCESS_COUNT; b++) {
                        const struct console_access one = { (enum access)a, (enum access)b, ACCESS_ALLOWED };
                        const struct console_access other = { (enum access)b, (enum access)a, (enum access)b };
                        struct console_access both = console_access_stricter(&one, &other);

                        assert_int_equal(both.reset, a > b ? a : b);
                        assert_int_equal(both.recovery, a > b ? a : b);
                        assert_int_equal(both.break_glass, b);
                }
        assert_true(access_permits(ACCESS_ALLOWED, false) && access_permits(ACCESS_PASSWORD, true));
        assert_false(access_permits(ACCESS_PASSWORD, false) || access_permits(ACCESS_OFF, true));
}

static void waiting_grows_to_a_quarter_of_an_hour_and_no_further(void **state)
{
        static const uint32_t expected[] = { 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900 };

        for (uint32_t i = 0; i < ARRAY_SIZE(expected); i++)
                assert_int_equal(password_wait_s(i), expected[i]);
        assert_int_equal(password_wait_s(255), PASSWORD_WAIT_MAX_S);
        assert_int_equal(password_wait_s(UINT32_MAX), PASSWORD_WAIT_MAX_S);
}

static void the_count_reads_back_and_stays_at_its_end(void **state)
{
        uint8_t encoded[WRONG_PASSWORDS_ENCODED_SIZE + 1] = { 0 };
        uint32_t count = 7;

        for (uint32_t i = 0; i < 300; i++) {
                wrong_passwords_encode(i, encoded);
                assert_int_equal(wrong_passwords_decode(encoded, WRONG_PASSWORDS_ENCODED_SIZE, &count), ERR_OK);
                assert_int_equal(count, i < 255 ? i : 255);
        }
        count = 7;
        assert_int_equal(wrong_passwords_decode(encoded, 1, &count), ERR_TRUNCATED);
        assert_int_equal(wrong_passwords_decode(encoded, 3, &count), ERR_TOO_LARGE);
        encoded[0] = 2;
        assert_int_equal(wrong_passwords_decode(encoded, 2, &count), ERR_VERSION);
        assert_int_equal(count, 7);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_and_parser_agree),
                cmocka_unit_test(the_stricter_word_counts_for_each),
                cmocka_unit_test(waiting_grows_to_a_quarter_of_an_hour_and_no_further),
                cmocka_unit_test(the_count_reads_back_and_stays_at_its_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
