/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of a reset's course one by one; that they hold together whatever happens is test-course-crash's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/course-fixture.h"
#include "tests/unit/document.h"

static void an_attempt_is_counted_before_anything_is_looked_at(void **state)
{
        interrupted_in(PHASE_ERASED);
        begin();
        assert_state(COURSE_STATE_COUNTING);
        assert_int_equal(progress.attempts, 5);
        assert_int_equal(course.origin, ORIGIN_REQUEST);
        assert_true(course.is_progress_request);
        course_tell(&course, COURSE_DONE, "");
        course_checked(&course, &checks);
        assert_state(COURSE_STATE_STEPPING);
        assert_int_equal(progress.reset_id.bytes[0], 9);
        assert_int_equal(progress.attempts, 5);
}

static void what_cannot_be_counted_is_a_failure(void **state)
{
        interrupted_in(PHASE_ERASED);
        begin();
        course_tell(&course, COURSE_FAILED, "no room");
        assert_state(COURSE_STATE_COUNTING_FAILURE);
        course_tell(&course, COURSE_FAILED, "no room, again");
        course_tell(&course, COURSE_DONE, "");
        assert_state(COURSE_STATE_PAGE); /* or it would be tried for ever */
        assert_string_equal(progress.last_error, "no room");
}

static void another_request_begins_anew_with_counts_of_its_own(void **state)
{
        static const struct {
                enum progress_standing standing;
                bool due;
                enum reset_origin before, origin;
                bool is_progress_request;
                uint32_t attempts;
        } cases[] = {
                { PROGRESS_SUPERSEDED, true, ORIGIN_REQUEST, ORIGIN_MENU, false, 1 },
                { PROGRESS_SUPERSEDED, false, ORIGIN_REQUEST, ORIGIN_MENU, false, 5 },
                { PROGRESS_UNPROVEN, true, ORIGIN_REQUEST, ORIGIN_MENU, false, 5 },
                { PROGRESS_UNPROVEN, false, ORIGIN_COMMAND_LINE, ORIGIN_COMMAND_LINE, true, 5 },
                { PROGRESS_UNPROVEN, false, ORIGIN_FIRST_BOOT, ORIGIN_MENU, true, 5 }, /* which would erase less */
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up_course(state);
                interrupted_in(PHASE_ERASED);
                facts.resuming = false;
                facts.standing = cases[i].standing;
                facts.request_digest = cases[i].due ? due : NULL;
                progress.origin = cases[i].before;
                begin();
                assert_int_equal(course.origin, cases[i].origin);
                assert_int_equal(course.is_progress_request, cases[i].is_progress_request);
                assert_int_equal(progress.attempts, cases[i].attempts);
                course_tell(&course, COURSE_DONE, "");
                course_checked(&course, &checks);
                assert_state(COURSE_STATE_REMEMBERING);
                assert_int_equal(progress.reset_id.bytes[0], 42); /* another reset */
        }
}

static void what_was_finished_is_only_retired(void **state)
{
        interrupted_in(PHASE_RECORDED);
        facts.finished = true;
        begin();
        assert_int_equal(course_act(&course), COURSE_RETIRE);
        course_tell(&course, COURSE_DONE, "");
        assert_int_equal(progress.phase, PHASE_DONE);
        assert_int_equal(progress.failures, 1); /* as before */
        assert_int_equal(course_act(&course), COURSE_COMMIT);
        course_tell(&course, COURSE_DONE, "");
        assert_state(COURSE_STATE_COMPLETE);
        begin();
        course_tell(&course, COURSE_FAILED, "");
        assert_state(COURSE_STATE_PAGE);
        assert_true(course.needs_person); /* nothing counts these attempts */
        begin();
        course_tell(&course, COURSE_DONE, "");
        course_tell(&course, COURSE_FAILED, "");
        assert_state(COURSE_STATE_PAGE);
        assert_true(course.needs_person);
}

static void finished_counts_only_where_it_is_proven(void **state)
{
        interrupted_in(PHASE_RECORDED);
        facts.finished = true;
        facts.resuming = false;
        facts.standing = PROGRESS_UNPROVEN;
        begin();
        assert_state(COURSE_STATE_COUNTING);
}

static void checks_that_fail_before_anything_was_begun_leave_all_as_it_is(void **state)
{
        begin();
        course_tell(&course, COURSE_FAILED, "no manifest");
        assert_state(COURSE_STATE_PAGE_INTACT);
        assert_int_equal(progress.phase, PHASE_IDLE);
        assert_int_equal(progress.failures, 0);
}

static void checks_that_fail_in_between_are_a_failed_attempt_but_in_doubt(void **state)
{
        interrupted_in(PHASE_ERASED);
        begin();
        course_tell(&course, COURSE_DONE, "");
        course_tell(&course, COURSE_IN_DOUBT, "another disk");
        assert_state(COURSE_STATE_PAGE_INTACT);
        assert_int_equal(progress.failures, 1);
        begin();
        course_tell(&course, COURSE_DONE, "");
        course_tell(&course, COURSE_FAILED, "no manifest");
        assert_state(COURSE_STATE_COUNTING_FAILURE);
        assert_int_equal(progress.failures, 2);
        course_tell(&course, COURSE_DONE, "");
        course_tell(&course, COURSE_FAILED, ""); /* no record of it: all the same */
        assert_state(COURSE_STATE_TRY_AGAIN);
}

static void the_last_try_ends_on_the_page(void **state)
{
        interrupted_in(PHASE_ERASED);
        progress.failures = 2;
        go_to_step(STEP_ERASE);
        course_tell(&course, COURSE_FAILED, "no disk");
        course_tell(&course, COURSE_DONE, "");
        course_tell(&course, COURSE_FAILED, ""); /* no record of it */
        assert_state(COURSE_STATE_PAGE);
        assert_false(course.needs_person); /* who has mended it may try again */
        assert_string_equal(progress.last_error, "no disk");
}

/* The first commit is the trial of the store. */
static void a_store_that_rejects_the_first_commit_begins_no_reset(void **state)
{
        go_to_step(STEP_COMMIT_PROGRESS);
        course_tell(&course, COURSE_DONE, "");
        assert_state(COURSE_STATE_COMMITTING);
        course_tell(&course, COURSE_REJECTED, "read-only");
        assert_state(COURSE_STATE_PAGE_INTACT);
        assert_int_equal(progress.phase, PHASE_IDLE);
        assert_int_equal(progress.failures, 0);
}

static void a_store_that_may_hold_the_first_commit_or_rejects_a_later_one_fails_the_attempt(void **state)
{
        go_to_step(STEP_COMMIT_PROGRESS);
        course_tell(&course, COURSE_DONE, "");
        course_tell(&course, COURSE_FAILED, "it cannot be read back");
        assert_state(COURSE_STATE_COUNTING_FAILURE);
        interrupted_in(PHASE_STARTED);
        go_to_step(STEP_COMMIT_PROGRESS);
        course_tell(&course, COURSE_DONE, "");
        course_tell(&course, COURSE_REJECTED, "read-only");
        assert_state(COURSE_STATE_COUNTING_FAILURE);
        assert_int_equal(progress.phase, PHASE_STARTED);
}

static void a_phase_is_committed_behind_its_last_step(void **state)
{
        go_to_step(STEP_DESTROY_KEYS);
        assert_int_equal(progress.phase, PHASE_STARTED);
        course_tell(&course, COURSE_DONE, "");
        assert_state(COURSE_STATE_STEPPING); /* two partitions have keys */
        course_tell(&course, COURSE_DONE, "");
        assert_state(COURSE_STATE_COMMITTING);
        assert_int_equal(progress.phase, PHASE_KEYS_DESTROYED);
        course_tell(&course, COURSE_FAILED, "no room");
        assert_state(COURSE_STATE_COUNTING_FAILURE);
}

static void damage_lets_everything_else_be_erased_and_nothing_be_built(void **state)
{
        go_to_step(STEP_ERASE);
        (void)course_flushed(&course, 0, 1, 2, 0);
        course_note_damage(&course);
        while (course.state == COURSE_STATE_STEPPING) {
                assert_int_equal(step_traits(plan.steps[course.step].kind)->act, STEP_DESTROYS);
                course_tell(&course, COURSE_DONE, "bad sectors");
        }
        assert_state(COURSE_STATE_COUNTING_FAILURE);
        assert_int_equal(step_traits(plan.steps[course.step + 1].kind)->act, STEP_BUILDS);
        assert_int_equal(progress.phase, PHASE_TPM_CLEARED);
        assert_int_equal(progress.erase_point.done_bytes, 0); /* the next attempt looks at every sector */
        assert_string_equal(progress.last_error, "bad sectors");
}

static void what_was_half_made_is_known_where_it_is_proven(void **state)
{
        static const struct {
                bool resuming;
                enum progress_standing standing;
                enum reset_origin origin;
                bool built_before, other_image, known;
        } cases[] = {
                { true, PROGRESS_UNDER_WAY, ORIGIN_REQUEST, true, false, true },
                { false, PROGRESS_SUPERSEDED, ORIGIN_REQUEST, true, false, true },
                { false, PROGRESS_UNPROVEN, ORIGIN_REQUEST, true, false, false },
                { true, PROGRESS_UNDER_WAY, ORIGIN_REQUEST, true, true, false },
                { true, PROGRESS_UNDER_WAY, ORIGIN_FIRST_BOOT, false, false, true },
                { true, PROGRESS_UNDER_WAY, ORIGIN_FIRST_BOOT, true, false, false }, /* which was over long ago */
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up_course(state);
                interrupted_in(PHASE_REBUILT);
                facts.resuming = cases[i].resuming;
                facts.standing = cases[i].standing;
                progress.origin = cases[i].origin;
                progress.absent = 2;
                progress.absent_check = plan_absent_check(&policy) + cases[i].other_image;
                inventory.built_before = cases[i].built_before;
                if (!cases[i].resuming)
                        progress_disbelieve(&progress);
                begin();
                assert_int_equal(course_half_made(&course, &policy, &inventory), cases[i].known ? 2 : 0);
        }
}

static void the_firmware_is_asked_as_often_as_makes_sense(void **state)
{
        static const struct {
                uint8_t asked;
                enum tpm_clear_policy policy;
                bool interrupted, resuming, secret_kept, by_person;
                enum course_question question;
        } cases[] = {
                { 0, TPM_CLEAR_REQUIRED, false, false, true, false, QUESTION_ASK },
                { 1, TPM_CLEAR_REQUIRED, true, true, true, false, QUESTION_ASK },
                { 1, TPM_CLEAR_TRY, true, true, true, false, QUESTION_NOT_TWICE },
                { 0, TPM_CLEAR_TRY, true, true, true, false, QUESTION_ASK },
                { 1, TPM_CLEAR_REQUIRED, true, false, false, false, QUESTION_NO_PROOF },
                { 1, TPM_CLEAR_REQUIRED, true, false, false, true, QUESTION_ASK },
                { 1, TPM_CLEAR_REQUIRED, true, false, true, false, QUESTION_ASK },
                { 1, TPM_CLEAR_REQUIRED, true, true, false, false, QUESTION_ASK },
                { 1, TPM_CLEAR_REQUIRED, false, false, false, false, QUESTION_ASK },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                course = (struct course){ .progress = &progress, .plan = &plan };
                progress.firmware_asked = cases[i].asked;
                plan.tpm_clear = cases[i].policy;
                course.facts = (struct course_facts){ .interrupted = cases[i].interrupted,
                                                      .resuming = cases[i].resuming,
                                                      .secret_kept = cases[i].secret_kept };
                assert_int_equal(course_question(&course, cases[i].by_person), cases[i].question);
        }
        progress.firmware_asked = UINT8_MAX;
        course_asks_firmware(&course);
        assert_true(progress.awaiting_firmware);
        assert_int_equal(progress.firmware_asked, UINT8_MAX); /* saturates */
        course_awaits_nothing(&course);
        assert_false(progress.awaiting_firmware);
}

static void the_result_says_what_it_was(void **state)
{
        go_to_step(STEP_WRITE_RECORD);
        assert_string_equal(course_result(&course), "complete");
        plan.undeclared_count = 1;
        assert_string_equal(course_result(&course), "partial");
        plan.undeclared_count = 0;
        course.partial = true;
        assert_string_equal(course_result(&course), "partial");
        progress.origin = ORIGIN_FIRST_BOOT;
        assert_string_equal(course_result(&course), "built");
}

static void each_state_but_an_end_leads_somewhere(void **state)
{
        struct course_transition transition;
        bool leads[COURSE_STATE_COUNT] = { false }, reached[COURSE_STATE_COUNT] = { false };

        for (size_t i = 0; course_transition_at(i, &transition); i++)
                leads[transition.from] = reached[transition.to] = true;
        for (int i = 0; i < COURSE_STATE_COUNT; i++) {
                const struct course one = { .state = (enum course_state)i };
                assert_int_equal(leads[i], course_act(&one) != COURSE_END);
                assert_true(reached[i] || i == COURSE_STATE_RETIRING || i == COURSE_STATE_COUNTING);
        }
}

static void what_no_row_foresees_ends_on_the_page(void **state)
{
        begin();
        course_tell(&course, COURSE_FAILED, "");
        assert_state(COURSE_STATE_PAGE_INTACT);
        course_tell(&course, COURSE_DONE, "");
        assert_state(COURSE_STATE_PAGE);
        assert_string_equal(course_state_name(COURSE_STATE_COUNT), "unknown");
}

/* -- the picture ---------------------------------------------------------------------------------------------------------------
 */

#define PICTURE_BEGIN "<!-- the course: written by tests/unit/test-course.c -->\n"

static void draw(char *ret, size_t size)
{
        struct course_transition transition;
        int at = snprintf(ret, size, "%s```mermaid\nstateDiagram-v2\n", PICTURE_BEGIN);

        for (int i = 0; i < COURSE_STATE_COUNT; i++)
                at += snprintf(ret + at, size - (size_t)at, "    state \"%s\" as s%d\n", course_state_name((enum course_state)i),
                               i);
        at += snprintf(ret + at, size - (size_t)at,
                       "    [*] --> s%d: new\n    [*] --> s%d: interrupted\n    [*] --> s%d: all but retired\n",
                       COURSE_STATE_CHECKING, COURSE_STATE_COUNTING, COURSE_STATE_RETIRING);
        for (size_t i = 0; course_transition_at(i, &transition); i++)
                at += snprintf(ret + at, size - (size_t)at, "    s%d --> s%d: %s\n", transition.from, transition.to,
                               transition.event);
        assert_true((size_t)at + 8 < size);
        (void)strcpy(ret + at, "```\n");
}

static void the_picture_in_architecture_is_the_table(void **state)
{
        static char picture[8192];

        draw(picture, sizeof(picture));
        assert_document_has("ARCHITECTURE.md", picture);
}

/* It is no failure that the store takes no more until the next start, which is sparing in the end. */
static void what_finds_no_room_is_gone_on_with(void **state)
{
        struct progress noted = { .phase = PHASE_KEYS_DESTROYED, .attempts = 2, .failures = 1 };
        static struct plan short_plan;
        short_plan.step_count = 2;
        struct course at = { .state = COURSE_STATE_STEPPING, .progress = &noted, .plan = &short_plan, .step = 1 };

        course_tell(&at, COURSE_NO_ROOM, "the firmware is to be asked");
        assert_int_equal(at.state, COURSE_STATE_TRY_AGAIN);
        assert_true(noted.failures == 1 && !at.needs_person);
}

/* Each attempt repeats all steps: nothing but beginning, failures and the end has to be in the store. */
static void only_what_is_due_takes_the_last_room(void **state)
{
        struct progress noted = { .phase = PHASE_ERASED, .attempts = 1 };
        static struct plan short_plan;
        short_plan.steps[0].kind = STEP_COMMIT_PROGRESS;
        short_plan.steps[1].kind = STEP_ERASE;
        short_plan.steps[2].kind = STEP_RETIRE_REQUEST;
        short_plan.step_count = 3;
        struct course at = { .state = COURSE_STATE_COMMITTING, .progress = &noted, .plan = &short_plan, .step = 1 };

        assert_false(course_commit_is_due(&at));
        assert_true(course_commit_is_worth_it(&at, ROOM_AMPLE) && course_commit_is_worth_it(&at, ROOM_UNKNOWN));
        assert_false(course_commit_is_worth_it(&at, ROOM_SHORT) || course_point_is_worth_it(&at, ROOM_SHORT));
        assert_true(course_point_is_worth_it(&at, ROOM_AMPLE) && course_point_is_worth_it(&at, ROOM_UNKNOWN));
        noted.attempts = 3;
        assert_false(course_commit_is_worth_it(&at, ROOM_UNKNOWN) || course_point_is_worth_it(&at, ROOM_UNKNOWN));
        assert_true(course_commit_is_worth_it(&at, ROOM_AMPLE));
        at.step = 2; /* the last one says that it is over */
        assert_true(course_commit_is_due(&at) && course_commit_is_worth_it(&at, ROOM_SHORT));
        at.step = 0;
        noted.phase = PHASE_STARTED; /* before anything is destroyed */
        assert_true(course_commit_is_due(&at));
        at.facts.resuming = true; /* it is in the store already */
        assert_false(course_commit_is_due(&at));
        for (enum course_state other = 0; other < COURSE_STATE_COUNT; other++)
                if (other != COURSE_STATE_COMMITTING) {
                        at.state = other;
                        assert_true(course_commit_is_due(&at));
                }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up_course)
        const struct CMUnitTest tests[] = {
                TEST(an_attempt_is_counted_before_anything_is_looked_at),
                TEST(what_cannot_be_counted_is_a_failure),
                TEST(another_request_begins_anew_with_counts_of_its_own),
                TEST(only_what_is_due_takes_the_last_room),
                TEST(what_finds_no_room_is_gone_on_with),
                TEST(what_was_finished_is_only_retired),
                TEST(finished_counts_only_where_it_is_proven),
                TEST(checks_that_fail_before_anything_was_begun_leave_all_as_it_is),
                TEST(checks_that_fail_in_between_are_a_failed_attempt_but_in_doubt),
                TEST(the_last_try_ends_on_the_page),
                TEST(a_store_that_rejects_the_first_commit_begins_no_reset),
                TEST(a_store_that_may_hold_the_first_commit_or_rejects_a_later_one_fails_the_attempt),
                TEST(a_phase_is_committed_behind_its_last_step),
                TEST(damage_lets_everything_else_be_erased_and_nothing_be_built),
                TEST(what_was_half_made_is_known_where_it_is_proven),
                TEST(the_firmware_is_asked_as_often_as_makes_sense),
                TEST(the_result_says_what_it_was),
                TEST(each_state_but_an_end_leads_somewhere),
                TEST(what_no_row_foresees_ends_on_the_page),
                TEST(the_picture_in_architecture_is_the_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
