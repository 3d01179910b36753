/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the course of a reset writes into its progress. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/course-fixture.h"

static void a_fresh_reset_writes_down_whose_it_is(void **state)
{
        checks.request_digest = facts.request_digest = due;
        (void)strcpy(request.reason, "sold");
        (void)strcpy(request.requester, "\xc3\xa9tienne");
        request.level = ERASE_LEVEL_CLEAR;
        request.tpm_clear = TPM_CLEAR_TRY;
        inventory.disk_uuid.bytes[3] = 8;
        begin();
        assert_state(COURSE_STATE_CHECKING);
        assert_null(course.facts.request_digest); /* the caller's, and valid no longer */
        course_checked(&course, &checks);
        assert_state(COURSE_STATE_REMEMBERING);
        assert_int_equal(progress.attempts, 1);
        assert_int_equal(progress.origin, ORIGIN_MENU);
        assert_int_equal(progress.phase, PHASE_STARTED);
        assert_int_equal(progress.started_at, 1000);
        assert_int_equal(progress.reset_id.bytes[0], 42);
        assert_memory_equal(progress.request_digest, due, sizeof(due));
        assert_memory_equal(progress.srk_name_before, tpm.srk_name, tpm.srk_name_size);
        assert_int_equal(progress.srk_name_before_size, tpm.srk_name_size);
        assert_int_equal(progress.tpm_reset_count_before, 9);
        assert_int_equal(progress.disk_uuid.bytes[3], 8);
        assert_string_equal(progress.request.reason, "sold");
        assert_string_equal(progress.request.requester, "\xc3\xa9tienne");
        assert_int_equal(progress.request.level, ERASE_LEVEL_CLEAR);
        assert_int_equal(progress.request.tpm_clear_policy, TPM_CLEAR_TRY);
        assert_int_equal(progress.plan_digest[0], 5);
        assert_int_equal(progress.plain_partitions[0], 1 << ESP | 1 << ROOT | 1 << VERITY); /* config and state hold LUKS */
}

static void nothing_of_an_unproven_progress_is_left_but_its_counts(void **state)
{
        interrupted_in(PHASE_ERASED);
        facts.resuming = false;
        facts.standing = PROGRESS_UNPROVEN;
        progress.sequence = 77;
        progress.firmware_asked = 2;
        progress.disks_done = 3;
        progress.tpm_before_digest[0] = 1;
        progress.awaiting_firmware = true;
        (void)strcpy(progress.last_error, "no room");
        begin();
        course_tell(&course, COURSE_DONE, "");
        course_checked(&course, &checks);
        assert_int_equal(progress.sequence, 77); /* a lower one would count for an old record that was put back */
        assert_int_equal(progress.firmware_asked, 2);
        assert_int_equal(progress.failures, 1);
        assert_int_equal(progress.tpm_before_digest[0], 0);
        assert_false(progress.awaiting_firmware);
        assert_string_equal(progress.last_error, "");
}

static void a_reset_that_begins_has_counts_of_its_own(void **state)
{
        progress.phase = PHASE_DONE;
        progress.sequence = 77;
        progress.attempts = 5;
        progress.failures = 2;
        progress.firmware_asked = 3;
        begin();
        course_checked(&course, &checks);
        assert_int_equal(progress.sequence, 77);
        assert_int_equal(progress.attempts, 1);
        assert_int_equal(progress.failures, 0);
        assert_int_equal(progress.firmware_asked, 0);
}

/* Numbers, which the table's entries may have in any order, not places in the inventory. */
static void plain_partitions_are_noted_by_their_number(void **state)
{
        static const uint32_t numbers[] = { 8, 9, 128, 129, 17 };

        inventory.disk_uuid.bytes[0] = 0; /* which follows the bits */
        for (size_t i = 0; i < PARTITIONS; i++) {
                inventory.partitions[i].number = numbers[i];
                inventory.partitions[i].content = CONTENT_UNKNOWN;
        }
        set_partition(PARTITIONS, "linux-generic", "no more", 4094, 1);
        inventory.partition_count = PARTITIONS;
        begin();
        course_checked(&course, &checks);
        for (size_t i = 0; i < sizeof(progress.plain_partitions); i++) {
                uint8_t bits = (uint8_t)(i == 0 ? 0x80 : i == 1 ? 1 : i == 2 ? 1 : i == 15 ? 0x80 : 0);
                assert_int_equal(progress.plain_partitions[i], bits);
        }
        assert_int_equal(progress.disk_uuid.bytes[0], 0);
}

static void long_texts_are_cut_between_characters(void **state)
{
        memset(request.reason, 'a', sizeof(progress.request.reason) - 2);
        (void)strcpy(request.reason + sizeof(progress.request.reason) - 2, "\xc3\xa4 and more");
        begin();
        course_checked(&course, &checks);
        assert_int_equal(strlen(progress.request.reason), sizeof(progress.request.reason) - 2);
        course_tell(&course, COURSE_DONE, "");
        char why[sizeof(progress.last_error) + 8];
        memset(why, 'b', sizeof(progress.last_error) - 2);
        (void)strcpy(why + sizeof(progress.last_error) - 2, "\xe2\x82\xac!");
        course_tell(&course, COURSE_FAILED, why);
        assert_int_equal(strlen(progress.last_error), sizeof(progress.last_error) - 2);
}

static void a_shorter_reason_leaves_nothing_of_the_longer_one(void **state)
{
        static const char nothing[sizeof(progress.last_error)];

        interrupted_in(PHASE_ERASED);
        memset(progress.last_error, 'x', sizeof(progress.last_error) - 1);
        begin();
        course_tell(&course, COURSE_FAILED, "no room\xff behind what is no UTF-8");
        assert_string_equal(progress.last_error, "no room");
        assert_memory_equal(progress.last_error + 8, nothing, sizeof(nothing) - 8);
}

static void an_erase_point_counts_for_its_own_plan_alone(void **state)
{
        for (int same = 0; same < 2; same++) {
                (void)set_up_course(state);
                interrupted_in(PHASE_TPM_CLEARED);
                progress.plan_digest[0] = same ? 5 : 6;
                progress.erase_point = (struct erase_point){ .start_bytes = 10, .done_bytes = 20 };
                begin();
                course_tell(&course, COURSE_DONE, "");
                course_checked(&course, &checks);
                assert_int_equal(course.resume_point.done_bytes, same ? 20 : 0);
                assert_int_equal(progress.erase_point.done_bytes, same ? 20 : 0);
                assert_int_equal(progress.plan_digest[0], 5);
        }
}

static void erased_ranges_are_forgotten_once_all_is_erased(void **state)
{
        go_to_step(STEP_ERASE);
        (void)course_flushed(&course, 0, 10, 20, 0);
        while (progress.phase != PHASE_ERASED) {
                assert_int_equal(progress.erase_point.done_bytes, 20);
                assert_int_not_equal(course_act(&course), COURSE_END);
                course_tell(&course, COURSE_DONE, "");
        }
        assert_int_equal(progress.erase_point.start_bytes, 0);
        assert_int_equal(progress.erase_point.done_bytes, 0);
}

static void a_place_is_worth_a_commit_now_and_then(void **state)
{
        checks.now_ms = 7000; /* the time of an erasing begins with its reset, not with the clock */
        go_to_step(STEP_ERASE);
        assert_false(course_flushed(&course, 1, 100, 200, 7000 + COURSE_COMMIT_EVERY_MS / 2 - 1));
        assert_int_equal(progress.erase_point.done_bytes, 200);
        assert_true(course_flushed(&course, 1, 100, 300, 7000 + COURSE_COMMIT_EVERY_MS / 2));
        assert_false(course_flushed(&course, 1, 100, 400, 7000 + COURSE_COMMIT_EVERY_MS - 1));
        assert_int_equal(progress.erase_point.device, 1);
        course_disk_erased(&course, 2);
        assert_int_equal(progress.erase_point.done_bytes, 400);
        course_disk_erased(&course, 1);
        assert_int_equal(progress.erase_point.done_bytes, 0);
        assert_int_equal(progress.disks_done, 3);
}

static void disks_that_are_others_are_erased_anew(void **state)
{
        for (int same = 0; same < 2; same++) {
                (void)set_up_course(state);
                interrupted_in(PHASE_TPM_CLEARED);
                progress.disks_done = 1;
                uint32_t check = disk_choice_check(&plan.disks, &inventory);
                progress.disks_check = check + (same ? 0 : 1);
                begin();
                course_tell(&course, COURSE_DONE, "");
                course_checked(&course, &checks);
                assert_int_equal(progress.disks_done, same ? 1 : 0);
                assert_int_equal(progress.disks_check, check);
        }
}

static void a_disk_of_its_own_name_is_known_by_it(void **state)
{
        const struct guid name = { .bytes = { 1, 2, 3 } };

        go_to_step(STEP_ERASE);
        course_disk_named(&course, &name);
        assert_memory_equal(&progress.disk_uuid, &name, sizeof(name));
}

static void evidence_that_is_not_kept_has_no_digest(void **state)
{
        go_to_step(STEP_ERASE);
        course_evidence_kept(&course, due);
        assert_memory_equal(progress.tpm_before_digest, due, sizeof(due));
        course_evidence_kept(&course, NULL);
        assert_int_equal(progress.tpm_before_digest[0], 0);
        assert_int_equal(progress.tpm_before_digest[2], 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up_course)
        const struct CMUnitTest tests[] = {
                TEST(a_fresh_reset_writes_down_whose_it_is),        TEST(nothing_of_an_unproven_progress_is_left_but_its_counts),
                TEST(a_reset_that_begins_has_counts_of_its_own),    TEST(plain_partitions_are_noted_by_their_number),
                TEST(long_texts_are_cut_between_characters),        TEST(a_shorter_reason_leaves_nothing_of_the_longer_one),
                TEST(an_erase_point_counts_for_its_own_plan_alone), TEST(erased_ranges_are_forgotten_once_all_is_erased),
                TEST(a_place_is_worth_a_commit_now_and_then),       TEST(disks_that_are_others_are_erased_anew),
                TEST(a_disk_of_its_own_name_is_known_by_it),        TEST(evidence_that_is_not_kept_has_no_digest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
