/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The progress record at its edges: the longest texts, the largest numbers, what is left when it is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/policy/request.h"
#include "common/state/progress.h"

static const struct progress_keys keys = { .secret_kept = true,
                                           .has_reset = true,
                                           .reset = "thirty-two bytes of a secret ab",
                                           .has_first_boot = true,
                                           .first_boot = "another one" };

static uint8_t records[2][PROGRESS_ENCODED_SIZE];
static struct progress decoded;

static void encode(const struct progress *progress, uint8_t *ret)
{
        progress_encode(progress, progress_key(&keys, progress->origin), ret);
}

static void encode_and_decode(const struct progress *progress)
{
        encode(progress, records[0]);
        assert_int_equal(progress_decode(records[0], sizeof(records[0]), &keys, &decoded), ERR_OK);
}

static void texts_are_kept_up_to_their_last_byte(void **state)
{
        struct progress progress = { .phase = PHASE_STARTED };

        memset(progress.request.reason, 'a', sizeof(progress.request.reason) - 1);
        (void)strcpy(progress.request.requester, "\xf0\x9f\x94\x91 of four bytes");
        encode_and_decode(&progress);
        assert_string_equal(decoded.request.reason, progress.request.reason);
        assert_string_equal(decoded.request.requester, progress.request.requester);
}

/* What is behind a text does not complete its last character. */
static void a_text_without_an_end_is_cut_within_its_own_bytes(void **state)
{
        struct progress progress = { .phase = PHASE_STARTED };
        const size_t size = sizeof(progress.request.reason);

        memset(progress.request.reason, 'a', size - 2);
        memcpy(progress.request.reason + size - 2, "\xe2\x82", 2);
        (void)strcpy(progress.request.requester, "\xac");
        encode_and_decode(&progress);
        assert_int_equal(strlen(decoded.request.reason), size - 1);
        assert_int_equal(decoded.request.reason[size - 2], '?');
        assert_string_equal(decoded.request.requester, "?");
}

static void bytes_behind_the_end_of_a_text_are_dropped(void **state)
{
        struct progress progress = { .phase = PHASE_STARTED };

        encode(&progress, records[0]);
        records[0][136 + 1] = 'x'; /* of an empty reason */
        assert_int_equal(progress_decode(records[0], sizeof(records[0]), NULL, &decoded), ERR_OK);
        assert_int_equal(decoded.request.reason[0], 0);
        assert_int_equal(decoded.request.reason[1], 0);
}

static void every_word_of_the_policy_about_the_tpm_is_taken(void **state)
{
        struct progress progress = { .phase = PHASE_STARTED, .counted_for = { 1, 2, 3 } };

        progress.request.tpm_clear_policy = TPM_CLEAR_SKIP;
        encode_and_decode(&progress);
        assert_int_equal(decoded.request.tpm_clear_policy, TPM_CLEAR_SKIP);
        assert_memory_equal(records[0] + 712, progress.counted_for, sizeof(progress.counted_for));
        assert_memory_equal(decoded.counted_for, progress.counted_for, sizeof(progress.counted_for));
}

static void without_a_secret_the_key_is_all_zero(void **state)
{
        static const struct progress_keys none;
        static const uint8_t zeros[SHA256_SIZE];

        assert_memory_equal(progress_key(&none, ORIGIN_REQUEST), zeros, sizeof(zeros));
}

static int select_from(const struct progress *first, const struct progress *second, const struct progress_keys *with,
                       bool *ret_rejected)
{
        const struct progress *both[2] = { first, second };
        struct progress_slot slots[2] = { { NULL, 0 } };

        for (int i = 0; i < 2; i++)
                if (both[i]) {
                        encode(both[i], records[i]);
                        slots[i] = (struct progress_slot){ records[i], PROGRESS_ENCODED_SIZE };
                }
        return progress_select(slots, with, &decoded, ret_rejected);
}

/* A number that cannot grow any more would end all resets to come. */
static void numbers_without_a_successor_do_not_count(void **state)
{
        static const struct {
                enum reset_origin origin;
                uint64_t sequence;
                bool counts;
        } cases[] = {
                { ORIGIN_REQUEST, 0, true },
                { ORIGIN_REQUEST, UINT64_C(0x100000000), true },
                { ORIGIN_REQUEST, UINT64_MAX - 1, true },
                { ORIGIN_REQUEST, UINT64_MAX, false },
                { ORIGIN_FIRST_BOOT, UINT32_MAX, true },
                { ORIGIN_FIRST_BOOT, UINT64_C(0x100000000), false },
        };
        struct progress small = { .sequence = 7, .phase = PHASE_DONE };
        bool rejected;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct progress progress = { .sequence = cases[i].sequence, .origin = cases[i].origin, .phase = PHASE_DONE };
                assert_int_equal(select_from(&progress, NULL, &keys, &rejected), cases[i].counts ? 0 : -1);
                assert_int_equal(rejected, !cases[i].counts);
                assert_int_equal(select_from(&progress, NULL, NULL, &rejected), 0); /* it is shown all the same */
                assert_false(rejected);
                if (!cases[i].counts) {
                        assert_int_equal(select_from(&progress, &small, &keys, &rejected), 1);
                        assert_int_equal(decoded.sequence, 7);
                        assert_true(rejected);
                }
        }
}

static void an_old_record_beside_the_end_of_its_reset_is_what_every_reset_leaves(void **state)
{
        struct progress_keys floor = keys;
        struct progress over = { .sequence = 10, .phase = PHASE_DONE }, old = { .sequence = 9, .phase = PHASE_RECORDED };
        bool rejected = true;

        floor.sequence_floor = 10;
        assert_int_equal(select_from(&over, &old, &floor, &rejected), 0);
        assert_false(rejected);
        assert_int_equal(select_from(&old, &over, &floor, &rejected), 1);
        assert_false(rejected);
        assert_int_equal(select_from(NULL, &old, &floor, &rejected), -1); /* alone it was put back */
        assert_true(rejected);
}

static void what_is_not_believed_is_forgotten(void **state)
{
        static const uint8_t none[SHA256_SIZE];
        struct progress progress;

        memset(&progress, 0x5a, sizeof(progress));
        progress_disbelieve(&progress);
        assert_memory_equal(progress.plan_digest, none, sizeof(progress.plan_digest));
        assert_memory_equal(progress.tpm_before_digest, none, sizeof(progress.tpm_before_digest));
        assert_true(guid_is_zero(&progress.disk_uuid));
        assert_int_equal(progress.erase_point.done_bytes, 0);
        assert_int_equal(progress.srk_name_before_size, 0);
}

/* Of version 4 and RFC 9562's variant, and all other bits the id's. */
static void a_disk_is_named_by_the_resets_id(void **state)
{
        struct progress progress = { .phase = PHASE_STARTED };
        struct guid name;

        for (int ones = 0; ones < 2; ones++) {
                uint8_t expected[16];
                for (uint8_t i = 0; i < 16; i++)
                        progress.reset_id.bytes[i] = expected[i] = (uint8_t)(ones ? ~i : i);
                expected[7] = (uint8_t)((expected[7] & 0x0f) | 0x40);
                expected[8] = (uint8_t)((expected[8] & 0x3f) | 0x80);
                progress_disk_name(&progress, &name);
                assert_memory_equal(name.bytes, expected, sizeof(expected));
        }
        memset(progress.reset_id.bytes, 0xff, 16);
        progress_disk_name(&progress, &name);
        assert_int_equal(name.bytes[7], 0x4f);
        assert_int_equal(name.bytes[8], 0xbf);
        memset(progress.reset_id.bytes, 0, 16);
        progress_disk_name(&progress, &name);
        assert_int_equal(name.bytes[7], 0x40);
        assert_int_equal(name.bytes[8], 0x80);
}

static void an_erasing_that_has_not_begun_has_nothing_behind_it(void **state)
{
        const struct erase_point nowhere = { .start_bytes = 1000 }, begun = { .start_bytes = 1000, .done_bytes = 1 };

        assert_int_equal(erase_point_resume(&nowhere, 0, 100, 50), 0);
        assert_int_equal(erase_point_resume(&begun, 0, 100, 50), 50);
        assert_int_equal(erase_point_resume(&begun, 0, 1000, 50), 1);
}

static void names_are_those_of_their_values_alone(void **state)
{
        enum progress_standing standing = PROGRESS_STANDING_COUNT;

        assert_string_equal(reset_origin_name(ORIGIN_COUNT), "unknown");
        assert_string_equal(reset_phase_name(PHASE_COUNT), "unknown");
        assert_string_equal(progress_standing_name(PROGRESS_STANDING_COUNT), "unknown");
        for (int i = 0; i < PROGRESS_STANDING_COUNT; i++) {
                const char *name = progress_standing_name((enum progress_standing)i);
                assert_true(progress_standing_parse(name, strlen(name), &standing));
                assert_int_equal(standing, i);
        }
        assert_false(progress_standing_parse("overt", 5, &standing));
        assert_false(progress_standing_parse("", 0, &standing));
        assert_int_equal(standing, PROGRESS_STANDING_COUNT - 1); /* untouched */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(texts_are_kept_up_to_their_last_byte),
                cmocka_unit_test(a_text_without_an_end_is_cut_within_its_own_bytes),
                cmocka_unit_test(bytes_behind_the_end_of_a_text_are_dropped),
                cmocka_unit_test(every_word_of_the_policy_about_the_tpm_is_taken),
                cmocka_unit_test(without_a_secret_the_key_is_all_zero),
                cmocka_unit_test(numbers_without_a_successor_do_not_count),
                cmocka_unit_test(an_old_record_beside_the_end_of_its_reset_is_what_every_reset_leaves),
                cmocka_unit_test(what_is_not_believed_is_forgotten),
                cmocka_unit_test(a_disk_is_named_by_the_resets_id),
                cmocka_unit_test(an_erasing_that_has_not_begun_has_nothing_behind_it),
                cmocka_unit_test(names_are_those_of_their_values_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
