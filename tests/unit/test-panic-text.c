/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel's last words are found in what it left behind, and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/boot/panic-text.h"

#define LONG_TEXT                                                                                              \
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" \
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789"

static void the_reason_of_a_panic_is_found(void **state)
{
        static const struct {
                const char *log, *reason;
        } cases[] = {
                { "Panic#1 Part1\n<6>[    8.1] x\n<0>[    8.2] Kernel panic - not syncing: Attempted to kill init! "
                  "exitcode=0x00000100\n"
                  "<4>[    8.3] CPU: 0\n",
                  "Attempted to kill init! exitcode=0x00000100" },
                { "Kernel panic - not syncing: no newline behind it", "no newline behind it" },
                { "Kernel panic - not syncing: first\nKernel panic - not syncing: last\n", "last" },
                { "Kernel panic - not syncing: \x1b[31mred\n", "?[31mred" },
                { "Kernel panic - not syncing: " LONG_TEXT, NULL }, /* cut, see below */
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char reason[PANIC_TEXT_MAX];

                assert_true(panic_text_find(cases[i].log, strlen(cases[i].log), reason));
                if (cases[i].reason)
                        assert_string_equal(reason, cases[i].reason);
                else
                        assert_int_equal(strlen(reason), PANIC_TEXT_MAX - 1);
        }
}

static void a_log_without_a_panic_has_no_reason(void **state)
{
        static const char *const logs[] = { "",
                                            "Kernel",
                                            "Oops#1 Part1\n<4>[ 1.0] BUG: something\n",
                                            "Kernel panic - not syncing",
                                            "Kernel panic - not syncing: ",
                                            "Kernel panic - not syncing: \n" };

        for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
                char reason[PANIC_TEXT_MAX] = "untouched";

                assert_false(panic_text_find(logs[i], strlen(logs[i]), reason));
                assert_string_equal(reason, "untouched");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_reason_of_a_panic_is_found),
                cmocka_unit_test(a_log_without_a_panic_has_no_reason),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
