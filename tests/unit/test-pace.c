/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rate and time left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/pace.h"

#define GIB (UINT64_C(1) << 30)

static void a_steady_work_is_told_as_it_is(void **state)
{
        struct pace pace = { 0 };
        uint64_t rate = 1, left = 1;

        assert_false(pace_see(&pace, 1000, 0, 100 * GIB, &rate, &left)); /* one look tells nothing */
        assert_int_equal(rate, 1);
        assert_true(pace_see(&pace, 11000, 10 * GIB, 100 * GIB, &rate, &left));
        assert_int_equal(rate, GIB);
        assert_int_equal(left, 90);
        assert_true(pace_see(&pace, 101000, 100 * GIB, 100 * GIB, &rate, &left));
        assert_int_equal(left, 0);
}

static void what_was_done_before_does_not_count(void **state)
{
        struct pace pace = { 0 };
        uint64_t rate, left;

        assert_false(pace_see(&pace, 500, 90 * GIB, 100 * GIB, &rate, &left));
        assert_true(pace_see(&pace, 1500, 91 * GIB, 100 * GIB, &rate, &left));
        assert_int_equal(rate, GIB);
        assert_int_equal(left, 9);
}

static void another_pass_begins_anew(void **state)
{
        struct pace pace = { 0 };
        uint64_t rate, left;

        assert_false(pace_see(&pace, 0, 0, GIB, &rate, &left));
        assert_true(pace_see(&pace, 1000, GIB, GIB, &rate, &left));
        assert_false(pace_see(&pace, 9000, 0, GIB, &rate, &left));
        assert_true(pace_see(&pace, 10000, GIB / 4, GIB, &rate, &left));
        assert_int_equal(rate, GIB / 4);
        assert_int_equal(left, 3);
}

static void nothing_is_said_that_would_be_nonsense(void **state)
{
        struct pace pace = { 0 };
        uint64_t rate, left;

        assert_false(pace_see(&pace, 5, 0, 0, &rate, &left));
        assert_false(pace_see(&pace, 6, 0, GIB, &rate, &left));        /* nothing moves */
        assert_false(pace_see(&pace, 7, 2, 1, &rate, &left));          /* more than all */
        assert_false(pace_see(&pace, 3, 2, GIB, &rate, &left));        /* the clock went back */
        assert_false(pace_see(&pace, 9, 3, UINT64_MAX, &rate, &left)); /* no such device */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_steady_work_is_told_as_it_is),
                cmocka_unit_test(what_was_done_before_does_not_count),
                cmocka_unit_test(another_pass_begins_anew),
                cmocka_unit_test(nothing_is_said_that_would_be_nonsense),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
