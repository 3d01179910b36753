/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What bad sectors mean, in all places and under both policies, and that they are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/plan/erase-verdict.h"

static struct erase_outcome outcome;

static int set_up(void **state)
{
        memset(&outcome, 0, sizeof(outcome));
        return 0;
}

static void assert_verdicts(enum erase_verdict contents_fail, enum erase_verdict contents_partial, enum erase_verdict keys)
{
        assert_int_equal(erase_judge(&outcome, false, BAD_SECTORS_FAIL), contents_fail);
        assert_int_equal(erase_judge(&outcome, false, BAD_SECTORS_PARTIAL), contents_partial);
        assert_int_equal(erase_judge(&outcome, true, BAD_SECTORS_FAIL), keys);
        assert_int_equal(erase_judge(&outcome, true, BAD_SECTORS_PARTIAL), keys);
}

static const char *faults(void)
{
        static char text[300];
        struct writer writer = writer_over(text, sizeof(text));

        erase_describe_faults(&outcome, &writer);
        assert_false(writer.overflow);
        return writer.size ? text : "";
}

static void a_sound_medium_is_complete_everywhere(void **state)
{
        assert_verdicts(ERASE_COMPLETE, ERASE_COMPLETE, ERASE_COMPLETE);
        assert_string_equal(faults(), "");
}

static void one_bad_sector_of_any_kind_is_never_complete(void **state)
{
        bad_ranges_add(&outcome.unwritable, 4096, 512);
        assert_verdicts(ERASE_FAILED, ERASE_PARTIAL, ERASE_FAILED);
        assert_string_equal(faults(), "512 bytes cannot be written (at 4096..4608)");
        memset(&outcome, 0, sizeof(outcome));
        bad_ranges_add(&outcome.unreadable, 0, 512);
        bad_ranges_add(&outcome.unreadable, 8192, 1024);
        assert_verdicts(ERASE_FAILED, ERASE_PARTIAL, ERASE_FAILED);
        assert_string_equal(faults(), "1536 bytes cannot be read (at 0..512 and 1 other place)");
}

static void a_medium_that_lies_fails_under_any_policy(void **state)
{
        bad_ranges_add(&outcome.wrong, 512, 512);
        assert_verdicts(ERASE_FAILED, ERASE_FAILED, ERASE_FAILED);
        assert_string_equal(faults(), "512 bytes read back otherwise than written (at 512..1024)");
        bad_ranges_add(&outcome.unwritable, 2048, 512); /* elsewhere */
        assert_verdicts(ERASE_FAILED, ERASE_FAILED, ERASE_FAILED);
}

static void what_could_not_be_written_may_hold_its_old_content(void **state)
{
        bad_ranges_add(&outcome.unwritable, 1024, 2048);
        bad_ranges_add(&outcome.unwritable, 8192, 512);
        bad_ranges_add(&outcome.wrong, 1024, 512);
        bad_ranges_add(&outcome.wrong, 8192, 512);
        assert_verdicts(ERASE_FAILED, ERASE_PARTIAL, ERASE_FAILED);
        assert_string_equal(faults(), "2560 bytes cannot be written (at 1024..3072 and 1 other place), "
                                      "1024 bytes read back otherwise than written (at 1024..1536 and 1 other place)");
        bad_ranges_add(&outcome.wrong, 3072, 512); /* touches, but is not in it */
        assert_verdicts(ERASE_FAILED, ERASE_FAILED, ERASE_FAILED);
}

static void lists_that_are_not_complete_excuse_nothing(void **state)
{
        for (uint64_t i = 0; i <= BAD_RANGES_MAX; i++) {
                bad_ranges_add(&outcome.unwritable, i * 4096, 512);
                bad_ranges_add(&outcome.wrong, i * 4096, 512);
        }
        assert_verdicts(ERASE_FAILED, ERASE_FAILED, ERASE_FAILED);
        memset(&outcome.wrong, 0, sizeof(outcome.wrong));
        assert_verdicts(ERASE_FAILED, ERASE_PARTIAL, ERASE_FAILED);
        assert_string_equal(faults(), "33280 bytes cannot be written (at 0..512 and 63 or more other places)");
        bad_ranges_add(&outcome.wrong, 4096, 512); /* this one is listed */
        assert_verdicts(ERASE_FAILED, ERASE_PARTIAL, ERASE_FAILED);
        bad_ranges_add(&outcome.wrong, BAD_RANGES_MAX * 4096, 512); /* the one that did not fit */
        assert_verdicts(ERASE_FAILED, ERASE_FAILED, ERASE_FAILED);
}

static void a_full_list_that_is_complete_excuses(void **state)
{
        for (uint64_t i = 0; i < BAD_RANGES_MAX; i++) {
                bad_ranges_add(&outcome.unwritable, i * 4096, 512);
                bad_ranges_add(&outcome.wrong, i * 4096, 512);
        }
        assert_verdicts(ERASE_FAILED, ERASE_PARTIAL, ERASE_FAILED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_sound_medium_is_complete_everywhere, set_up),
                cmocka_unit_test_setup(one_bad_sector_of_any_kind_is_never_complete, set_up),
                cmocka_unit_test_setup(a_medium_that_lies_fails_under_any_policy, set_up),
                cmocka_unit_test_setup(what_could_not_be_written_may_hold_its_old_content, set_up),
                cmocka_unit_test_setup(lists_that_are_not_complete_excuse_nothing, set_up),
                cmocka_unit_test_setup(a_full_list_that_is_complete_excuses, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
