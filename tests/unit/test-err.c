/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every error can be told apart, by machines and by people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/err.h"

static void every_error_has_a_name_and_a_text_of_its_own(void **state)
{
        for (int err = 0; err < ERR_COUNT; err++) {
                assert_true(strlen(err_name((enum err)err)) > 0);
                assert_true(strlen(err_text((enum err)err)) > 0);
                for (int other = 0; other < err; other++) {
                        assert_string_not_equal(err_name((enum err)err), err_name((enum err)other));
                        assert_string_not_equal(err_text((enum err)err), err_text((enum err)other));
                }
        }
}

static void error_out_of_range_still_has_a_name(void **state)
{
        assert_string_equal(err_name(ERR_COUNT), "unknown");
        assert_string_equal(err_name((enum err) - 1), "unknown");
        assert_non_null(err_text(ERR_COUNT));
}

static void names_in_records_are_stable(void **state)
{
        assert_string_equal(err_name(ERR_OK), "ok");
        assert_string_equal(err_name(ERR_SYNTAX), "syntax");
        assert_string_equal(err_name(ERR_BUFFER_TOO_SMALL), "buffer-too-small");
        assert_string_equal(err_name(ERR_NO_SPACE), "no-space");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_error_has_a_name_and_a_text_of_its_own),
                cmocka_unit_test(error_out_of_range_still_has_a_name),
                cmocka_unit_test(names_in_records_are_stable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
