/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the tests of the stub's way on the firmware that does everything right, and then each under every personality
 * (fake-personalities.h) that has what the test cannot do without. */
#ifndef CLEANSLATE_TESTS_UNIT_UNDER_PERSONALITIES_H
#define CLEANSLATE_TESTS_UNIT_UNDER_PERSONALITIES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake-personalities.h"

#define TESTS_MAX 64

/* needs: what must not be lacking, enum fake_lack. */
#define NEEDS(test, needs) cmocka_unit_test_prestate(test, (void *)(uintptr_t)(needs))

#define NEEDS_SHA256  (LACKS_TPM | LACKS_SHA256)
#define NEEDS_SILENCE (LACKS_SILENCE | LACKS_CONSOLE | LACKS_PACE)

static inline int run_under_each_personality(const struct CMUnitTest *tests, size_t count)
{
        int failed = _cmocka_run_group_tests("on the firmware that does everything right", tests, count, NULL, NULL);
        size_t runs = 0;

        for (size_t i = 1; i < FAKE_PERSONALITIES; i++) {
                struct CMUnitTest fitting[TESTS_MAX];
                size_t fit = 0;

                assert_true(count <= TESTS_MAX);
                for (size_t j = 0; j < count; j++)
                        if (((uintptr_t)tests[j].initial_state & fake_personalities[i].lacks) == 0)
                                fitting[fit++] = tests[j];
                fake_use_personality(&fake_personalities[i]);
                failed += _cmocka_run_group_tests(fake_personalities[i].name, fitting, fit, NULL, NULL);
                runs += fit;
        }
        fake_use_personality(NULL);
        print_message("%zu tests under %d personalities: %zu runs, %d failed\n", count, FAKE_PERSONALITIES - 1, runs, failed);
        return failed;
}

#endif
