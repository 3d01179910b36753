/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reset of the reference machine (plan-fixture.h) and its course, for the tests of its rules. Header-only; each test program
 * has its own. */
#ifndef CLEANSLATE_TESTS_COURSE_FIXTURE_H
#define CLEANSLATE_TESTS_COURSE_FIXTURE_H

#include "common/course/reset-course.h"
#include "tests/unit/plan-fixture.h"

static struct course course;
static struct progress progress;
static struct course_facts facts;
static struct course_checks checks;
static const struct tpm_evidence tpm = { .srk_name = { 7 }, .srk_name_size = 4, .reset_count = 9 };
__attribute__((unused)) static const uint8_t due[SHA256_SIZE] = { 1, 2, 3 };

static int set_up_course(void **state)
{
        (void)set_up(state);
        memset(&progress, 0, sizeof(progress));
        facts = (struct course_facts){ .secret_kept = true, .asked = ORIGIN_MENU, .failures_max = 3 };
        (void)build();
        checks = (struct course_checks){ .plan = &plan,
                                         .policy = &policy,
                                         .inventory = &inventory,
                                         .request = &request,
                                         .plan_digest = { 5 },
                                         .tpm = &tpm,
                                         .fresh_id = { { 42 } },
                                         .now = 1000 };
        return 0;
}

static void begin(void)
{
        course_begin(&course, &facts, &progress);
}

__attribute__((unused)) static void interrupted_in(enum reset_phase phase)
{
        progress.phase = phase;
        progress.origin = ORIGIN_REQUEST;
        progress.attempts = 4;
        progress.failures = 1;
        progress.reset_id.bytes[0] = 9;
        facts.interrupted = facts.resuming = true;
        facts.standing = PROGRESS_UNDER_WAY;
}

__attribute__((unused)) static void assert_state(enum course_state state)
{
        assert_string_equal(course_state_name(course.state), course_state_name(state));
}

/* To the given step, all before it done. */
__attribute__((unused)) static void go_to_step(enum step_kind kind)
{
        begin();
        while (course_act(&course) != COURSE_STEP || plan.steps[course.step].kind != kind) {
                assert_int_not_equal(course_act(&course), COURSE_END);
                if (course_act(&course) == COURSE_CHECK)
                        course_checked(&course, &checks);
                else
                        course_tell(&course, COURSE_DONE, "");
        }
}

#endif
