/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scheduled resets: what is written is read as it was, nothing else is read, and the clock is judged at every edge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/state/schedule.h"

#define DUE 1800000000

static enum err read_back(const char *text, struct schedule *ret)
{
        return schedule_read(text, strlen(text), ret);
}

static void what_is_written_is_read_as_it_was(void **state)
{
        char text[SCHEDULE_TEXT_MAX];
        struct schedule schedule = {
                .due_at = DUE + 60, .first_due_at = DUE, .level = ERASE_LEVEL_CLEAR, .tpm_clear = TPM_CLEAR_SKIP, .force = true
        };
        struct schedule read = { 0 };
        memset(schedule.reason, '"', sizeof(schedule.reason) - 1); /* the longest when it is escaped */
        memset(schedule.requester, '\1', sizeof(schedule.requester) - 1);
        for (size_t at = 0; at + 3 < sizeof(schedule.keep); at += 3)
                memcpy(schedule.keep + at, "/p\n", 3);
        for (int i = 0; i < 2; i++) {
                struct writer writer = writer_over(text, sizeof(text));
                schedule_write(&schedule, &writer);
                assert_false(writer.overflow);
                assert_int_equal(schedule_read(text, writer.size, &read), ERR_OK);
                assert_true(read.due_at == schedule.due_at && read.first_due_at == schedule.first_due_at);
                assert_true(read.level == schedule.level && read.tpm_clear == schedule.tpm_clear && read.force == schedule.force);
                assert_string_equal(read.reason, schedule.reason);
                assert_string_equal(read.requester, schedule.requester);
                assert_string_equal(read.keep, schedule.keep);
                schedule = (struct schedule){ .due_at = DUE, .first_due_at = DUE }; /* and one with nothing set */
                memset(&read, 0, sizeof(read));
        }
}

static void nothing_else_is_read(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                { "", ERR_SYNTAX },
                { "{}", ERR_MISSING },
                { "{\"type\":\"cleanslate-schedule-2\",\"dueAt\":1,\"firstDueAt\":1}", ERR_RANGE },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":1}", ERR_MISSING },
                { "{\"type\":\"cleanslate-schedule-1\",\"firstDueAt\":1}", ERR_MISSING },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":1,\"firstDueAt\":2}", ERR_RANGE },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":-1,\"firstDueAt\":1}", ERR_RANGE },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":253402300800,\"firstDueAt\":1}", ERR_RANGE },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":2,\"firstDueAt\":1,\"level\":\"crypt\"}", ERR_RANGE },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":2,\"firstDueAt\":1,\"level\":\"a level of more than 16 bytes\"}",
                  ERR_RANGE },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":2,\"firstDueAt\":1,\"tpmClear\":5}", ERR_RANGE },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":2,\"firstDueAt\":1,\"force\":1}", ERR_RANGE },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":2,\"firstDueAt\":1,\"force\":\"true\"}", ERR_RANGE },
                { "{\"type\":\"cleanslate-schedule-1\",\"dueAt\":2,\"dueAt\":2,\"firstDueAt\":1}", ERR_DUPLICATE },
        };
        struct schedule read = { .due_at = 7 };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(read_back(cases[i].text, &read), cases[i].err);
        assert_int_equal(read.due_at, 7); /* untouched */
        assert_int_equal(read_back("{\"type\":\"cleanslate-schedule-1\",\"dueAt\":2,\"firstDueAt\":1,\"later\":[]}", &read),
                         ERR_OK);
}

static void the_clock_is_judged_at_every_edge(void **state)
{
        static const struct {
                int64_t now; /* from the time that is set */
                uint32_t warn_s;
                enum schedule_action action;
                int64_t at;
        } cases[] = {
                { -7200, 600, SCHEDULE_WAIT, -600 },
                { -601, 600, SCHEDULE_WAIT, -600 },
                { -600, 600, SCHEDULE_WARN, -300 },
                { -301, 600, SCHEDULE_WARN, -300 },
                { -300, 600, SCHEDULE_WARN, -60 },
                { -60, 600, SCHEDULE_WARN, 0 },
                { -1, 600, SCHEDULE_WARN, 0 },
                { 0, 600, SCHEDULE_ACT, 0 },
                { 300, 600, SCHEDULE_ACT, 300 },
                { 301, 600, SCHEDULE_CATCH_UP, 901 },
                { 86400, 600, SCHEDULE_CATCH_UP, 87000 },
                { -120, 90, SCHEDULE_WAIT, -90 },
                { -90, 90, SCHEDULE_WARN, -60 },
                { -60, 30, SCHEDULE_WAIT, -30 },
                { -30, 30, SCHEDULE_WARN, 0 },
                { -1, 0, SCHEDULE_WAIT, 0 },
                { 400, 0, SCHEDULE_CATCH_UP, 400 },
        };
        const struct schedule schedule = { .due_at = DUE, .first_due_at = DUE };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct schedule_step step = schedule_judge(&schedule, (uint64_t)(DUE + cases[i].now), cases[i].warn_s);
                assert_int_equal(step.action, cases[i].action);
                assert_int_equal((int64_t)step.at - DUE, cases[i].at);
        }
}

/* Whoever does as he is told gets to the reset, and is never told to wait for what is over. */
static void following_the_steps_ends_in_the_reset(void **state)
{
        for (uint32_t warn_s = 0; warn_s <= 900; warn_s += 15)
                for (uint64_t start = DUE - 1000; start <= DUE + 1000; start += 50) {
                        struct schedule schedule = { .due_at = DUE, .first_due_at = DUE };
                        uint64_t now = start;
                        unsigned steps = 0;
                        for (struct schedule_step step = { 0 }; step.action != SCHEDULE_ACT; now = step.at, steps++) {
                                step = schedule_judge(&schedule, now, warn_s);
                                assert_true(step.at > now || step.action == SCHEDULE_ACT ||
                                            (step.action == SCHEDULE_CATCH_UP && !warn_s));
                                if (step.action == SCHEDULE_CATCH_UP) {
                                        schedule.due_at = step.at;
                                        step.at = now;
                                }
                                assert_true(steps < 8);
                        }
                        assert_true(now >= DUE && now >= start);
                }
}

static void postponing_stays_within_the_policy(void **state)
{
        struct schedule schedule = { .due_at = DUE, .first_due_at = DUE };
        uint64_t latest;
        assert_int_equal(schedule_postpone(&schedule, DUE - 10, 60, 0, &latest), POSTPONE_NOT_ALLOWED);
        assert_int_equal(schedule_postpone(&schedule, DUE - 10, 3601, 3600, &latest), POSTPONE_TOO_FAR);
        assert_int_equal(latest, DUE + 3600);
        assert_int_equal(schedule.due_at, DUE);
        assert_int_equal(schedule_postpone(&schedule, DUE - 10, 1800, 3600, &latest), POSTPONED);
        assert_int_equal(schedule.due_at, DUE + 1800);
        assert_int_equal(schedule_postpone(&schedule, DUE - 10, 1801, 3600, &latest), POSTPONE_TOO_FAR); /* all in all */
        assert_int_equal(schedule_postpone(&schedule, DUE - 10, 1800, 3600, &latest), POSTPONED);
        assert_int_equal(schedule.first_due_at, DUE);
        schedule.due_at = DUE;
        assert_int_equal(schedule_postpone(&schedule, DUE + 100, 60, 3600, &latest), POSTPONED); /* overdue: from now on */
        assert_int_equal(schedule.due_at, DUE + 160);
        assert_int_equal(schedule_postpone(&schedule, DUE + 160, UINT64_MAX, 3600, &latest), POSTPONE_TOO_FAR);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_written_is_read_as_it_was),  cmocka_unit_test(nothing_else_is_read),
                cmocka_unit_test(the_clock_is_judged_at_every_edge),  cmocka_unit_test(following_the_steps_ends_in_the_reset),
                cmocka_unit_test(postponing_stays_within_the_policy),
        };
        return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
