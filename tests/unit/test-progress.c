/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The progress record survives torn writes, damage and odd texts, and never decodes to something it was not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/state/progress.h"

#define MAC_OFFSET (PROGRESS_ENCODED_SIZE - SHA256_SIZE)

/* Of a reset boot; and what somebody else would make records with. */
static const struct progress_keys keys = { .secret_kept = true,
                                           .has_reset = true,
                                           .reset = "thirty-two bytes of a secret ab",
                                           .has_first_boot = true,
                                           .first_boot = "another one" };
static const struct progress_keys no_secret = { 0 };
#define KEY keys.reset

static struct progress example(uint64_t sequence)
{
        struct progress progress = {
                .sequence = sequence,
                .phase = PHASE_TPM_CLEARED,
                .origin = ORIGIN_MENU,
                .attempts = 3,
                .failures = 2,
                .started_at = UINT64_C(0x1122334455667788),
                .srk_name_before_size = 3,
                .srk_name_before = { 0, 0x0b, 0xaa },
                .tpm_reset_count_before = 77,
                .plain_partitions = { 0x10, 0x80, [15] = 0x80 },
                .awaiting_firmware = true,
                .firmware_asked = 2,
                .erase_point = { .device = 5, .start_bytes = UINT64_C(0x100200300), .done_bytes = UINT64_C(0x400500600) },
                .disks_done = 0x80000001,
                .disks_check = 0x20000004,
                .absent = 0xa18002, /* a bit for each of 24 definitions */
                .absent_check = 0x30000005,
                .request = { .tpm_clear_policy = 2, .level = 3, .reason = "return", .requester = "d\xc3\xa9sk" },
                .last_error = "the disk said no",
        };

        memset(progress.reset_id.bytes, 0x5a, sizeof(progress.reset_id.bytes));
        memset(progress.plan_digest, 0xa5, sizeof(progress.plan_digest));
        memset(progress.disk_uuid.bytes, 0xd1, sizeof(progress.disk_uuid.bytes));
        memset(progress.request_digest, 0x11, sizeof(progress.request_digest));
        memset(progress.tpm_before_digest, 0x22, sizeof(progress.tpm_before_digest));
        memset(progress.counted_for, 0x33, sizeof(progress.counted_for));
        return progress;
}

/* Makes damage in the contents look like something the writer wrote. */
static void renew_mac(uint8_t *record)
{
        const struct bytes chunk = { record, MAC_OFFSET };

        hmac_sha256((struct bytes){ KEY, SHA256_SIZE }, &chunk, 1, record + MAC_OFFSET);
}

/* By their records: a structure has holes. */
static void assert_same(const struct progress *a, const struct progress *b)
{
        uint8_t records[2][PROGRESS_ENCODED_SIZE];

        progress_encode(a, KEY, records[0]);
        progress_encode(b, KEY, records[1]);
        assert_memory_equal(records[0], records[1], PROGRESS_ENCODED_SIZE);
}

/* Every byte of the record, rather than of the struct, whose holes hold anything. */
static void decoded_record_is_the_encoded_one(void **state)
{
        struct progress cases[] = { example(9), { 0 } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint8_t record[PROGRESS_ENCODED_SIZE], again[PROGRESS_ENCODED_SIZE];
                struct progress decoded;

                progress_encode(&cases[i], KEY, record);
                assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded), ERR_OK);
                progress_encode(&decoded, KEY, again);
                assert_memory_equal(again, record, sizeof(record));
        }
}

static void record_has_its_documented_layout(void **state)
{
        struct progress progress = example(0x0102030405060708);
        uint8_t record[PROGRESS_ENCODED_SIZE];

        progress_encode(&progress, KEY, record);
        assert_memory_equal(record, "CLNSLATE\3\0\0\0\3\0\0\0\x08\7\6\5\4\3\2\1\3\0\0\0\3\0\0\0\2\0\0\0\x4d\0\0\0", 40);
        assert_int_equal(load_le64(record + 40), progress.started_at);
        assert_int_equal(record[48], 0x5a);
        assert_int_equal(record[64], 0xa5);
        assert_int_equal(load_le16(record + 96), 3);
        assert_memory_equal(record + 98, progress.srk_name_before, TPM_NAME_MAX);
        assert_int_equal(record[132], 2);
        assert_int_equal(record[133], 3);
        assert_string_equal((char *)record + 136, "return");
        assert_string_equal((char *)record + 392, "d\xc3\xa9sk");
        assert_string_equal((char *)record + 456, "the disk said no");
        assert_memory_equal(record + 584, progress.plain_partitions, sizeof(progress.plain_partitions));
        assert_int_equal(record[134], 1);
        assert_int_equal(record[135], 2);
        assert_int_equal(record[600], 0xd1);
        assert_int_equal(load_le64(record + 616), progress.erase_point.start_bytes);
        assert_int_equal(load_le64(record + 624), progress.erase_point.done_bytes);
        assert_int_equal(load_le16(record + 637), 0x8002);
        assert_int_equal(record[639], 0xa1);
        assert_int_equal(load_le32(record + 640), progress.absent_check);
        assert_int_equal(load_le32(record + 644), progress.disks_check);
        assert_int_equal(load_le32(record + 632), 0x80000001);
        assert_int_equal(record[636], 5);
        assert_int_equal(record[648], 0x11);
        assert_int_equal(record[680], 0x22);
}

static void every_flipped_bit_is_noticed(void **state)
{
        struct progress progress = example(9), decoded = { .attempts = 4711 };
        uint8_t record[PROGRESS_ENCODED_SIZE];

        progress_encode(&progress, KEY, record);
        for (size_t bit = 0; bit < sizeof(record) * 8; bit++) {
                record[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_not_equal(progress_decode(record, sizeof(record), &keys, &decoded), ERR_OK);
                assert_int_equal(decoded.attempts, 4711); /* untouched */
                record[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
}

static void damage_is_named(void **state)
{
        static const struct {
                size_t offset;
                uint8_t value;
                bool renew_mac;
                enum err err;
        } cases[] = {
                { 0, 'X', true, ERR_SYNTAX },
                { 8, 2, true, ERR_VERSION },
                { 20, 1, false, ERR_CHECKSUM },
                { 12, PHASE_COUNT, true, ERR_RANGE },
                { 15, 0x80, true, ERR_RANGE }, /* the phase's highest byte */
                { 24, ORIGIN_COUNT, true, ERR_RANGE },
                { 96, TPM_NAME_MAX + 1, true, ERR_RANGE },
                { 97, 1, true, ERR_RANGE },
                { 132, 4, true, ERR_RANGE },
                { 133, 4, true, ERR_RANGE },
                { 134, 2, true, ERR_RANGE },
                { 136, 0xff, true, ERR_RANGE }, /* reason: not UTF-8 */
                { 392, 0xff, true, ERR_RANGE },
                { 456, 0xff, true, ERR_RANGE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct progress progress = example(9), decoded;
                uint8_t record[PROGRESS_ENCODED_SIZE];

                progress_encode(&progress, KEY, record);
                record[cases[i].offset] = cases[i].value;
                if (cases[i].renew_mac)
                        renew_mac(record);
                assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded), cases[i].err);
        }
}

static void text_without_an_end_is_refused(void **state)
{
        static const struct {
                size_t offset, size;
        } fields[] = { { 136, 256 }, { 392, 64 }, { 456, 128 } };

        for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
                struct progress progress = example(9), decoded;
                uint8_t record[PROGRESS_ENCODED_SIZE];

                progress_encode(&progress, KEY, record);
                memset(record + fields[i].offset, 'x', fields[i].size);
                renew_mac(record);
                assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded), ERR_RANGE);
                record[fields[i].offset + fields[i].size - 1] = 0;
                renew_mac(record);
                assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded), ERR_OK);
        }
}

static void record_of_another_size_is_refused(void **state)
{
        struct progress progress = example(9), decoded;
        uint8_t record[PROGRESS_ENCODED_SIZE + 1] = { 0 };

        progress_encode(&progress, KEY, record);
        assert_int_equal(progress_decode(record, 0, &keys, &decoded), ERR_TRUNCATED);
        assert_int_equal(progress_decode(record, PROGRESS_ENCODED_SIZE - 1, &keys, &decoded), ERR_TRUNCATED);
        assert_int_equal(progress_decode(record, PROGRESS_ENCODED_SIZE + 1, &keys, &decoded), ERR_TOO_LARGE);
}

/* A text nobody can decode would cost the knowledge that a reset is under way. */
static void odd_texts_never_make_a_record_unreadable(void **state)
{
        struct progress progress = example(9), decoded;
        uint8_t record[PROGRESS_ENCODED_SIZE];

        memset(progress.request.reason, 'r', sizeof(progress.request.reason));        /* unterminated */
        memcpy(progress.request.reason + 253, "\xe2\x82\xac", 3);                     /* a character over the edge */
        memset(progress.request.requester, 0xff, sizeof(progress.request.requester)); /* no text at all */
        memcpy(progress.last_error, "cut \xe2\x82", 7);                               /* cut by a printf */
        progress_encode(&progress, KEY, record);
        assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded), ERR_OK);
        assert_int_equal(strlen(decoded.request.reason), 253);
        assert_int_equal(decoded.request.reason[252], 'r');
        assert_int_equal(strlen(decoded.request.requester), 63);
        assert_int_equal(decoded.request.requester[62], '?');
        assert_string_equal(decoded.last_error, "cut ??");
}

static void longer_tpm_name_is_cut(void **state)
{
        struct progress progress = example(9), decoded;
        uint8_t record[PROGRESS_ENCODED_SIZE];

        progress.srk_name_before_size = 66;
        memset(progress.srk_name_before, 0xcc, sizeof(progress.srk_name_before));
        progress_encode(&progress, KEY, record);
        assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded), ERR_OK);
        assert_int_equal(decoded.srk_name_before_size, TPM_NAME_MAX);
        assert_int_equal(decoded.srk_name_before[TPM_NAME_MAX - 1], 0xcc);
}

enum slot_content { NOTHING, TORN, OLD, NEW };

static void newer_valid_slot_counts(void **state)
{
        static const struct {
                enum slot_content slots[2];
                int current;
                uint64_t sequence;
                bool damaged;
                int next;
        } cases[] = {
                { { NOTHING, NOTHING }, -1, 0, false, 0 }, { { OLD, NOTHING }, 0, 5, false, 1 },
                { { NOTHING, OLD }, 1, 5, false, 0 },      { { OLD, NEW }, 1, 6, false, 0 },
                { { NEW, OLD }, 0, 6, false, 1 },          { { TORN, OLD }, 1, 5, true, 0 },
                { { OLD, TORN }, 0, 5, true, 1 },          { { TORN, TORN }, -1, 0, true, 0 },
                { { TORN, NOTHING }, -1, 0, true, 0 },     { { OLD, OLD }, 0, 5, false, 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint8_t records[2][PROGRESS_ENCODED_SIZE];
                struct progress_slot slots[2] = { { NULL, 0 }, { NULL, 0 } };
                struct progress progress = example(1), zero = { 0 };
                bool damaged = !cases[i].damaged;

                for (int slot = 0; slot < 2; slot++) {
                        struct progress content = example(cases[i].slots[slot] == NEW ? 6 : 5);

                        progress_encode(&content, KEY, records[slot]);
                        if (cases[i].slots[slot] == TORN)
                                memset(records[slot] + 256, 0xff, 256);
                        if (cases[i].slots[slot] != NOTHING)
                                slots[slot] = (struct progress_slot){ records[slot], PROGRESS_ENCODED_SIZE };
                }
                assert_int_equal(progress_select(slots, &keys, &progress, &damaged), cases[i].current);
                assert_int_equal(damaged, cases[i].damaged);
                assert_int_equal(progress.sequence, cases[i].sequence);
                if (cases[i].current < 0)
                        assert_same(&progress, &zero);
                assert_int_equal(progress_next_slot(cases[i].current), cases[i].next);
        }
}

/* Plays every torn write of the slot that is overwritten next: the state before or the one after is found, nothing else. */
static void torn_write_costs_one_step_at_most(void **state)
{
        struct progress before = example(5), after = example(6), found;
        uint8_t records[2][PROGRESS_ENCODED_SIZE], target[PROGRESS_ENCODED_SIZE];
        struct progress older = example(4);
        bool damaged;

        after.phase = PHASE_ERASED;
        progress_encode(&before, KEY, records[0]);
        progress_encode(&after, KEY, target);
        for (size_t torn = 0; torn <= PROGRESS_ENCODED_SIZE; torn++) {
                struct progress_slot slots[2] = { { records[0], sizeof(records[0]) }, { records[1], sizeof(records[1]) } };

                progress_encode(&older, KEY, records[1]);
                memcpy(records[1], target, torn);
                int current = progress_select(slots, &keys, &found, &damaged);
                assert_int_equal(current, torn == PROGRESS_ENCODED_SIZE);
                assert_same(&found, current == 1 ? &after : &before);
                assert_true(progress_is_under_way(&found));
        }
}

static void reset_is_under_way_from_started_to_recorded(void **state)
{
        for (int phase = PHASE_IDLE; phase < PHASE_COUNT; phase++) {
                struct progress progress = { .phase = (enum reset_phase)phase };

                assert_int_equal(progress_is_under_way(&progress), phase != PHASE_IDLE && phase != PHASE_DONE);
        }
}

static void an_erasing_goes_on_where_the_point_says(void **state)
{
        const struct erase_point point = { .device = 0, .start_bytes = 1000, .done_bytes = 300 }, none = { 0 };

        assert_int_equal(erase_point_resume(&point, 0, 1000, 900), 300);
        assert_int_equal(erase_point_resume(&point, 0, 1000, 200), 200); /* never more than there is */
        assert_int_equal(erase_point_resume(&point, 0, 500, 500), 500);  /* came before, so it is done */
        assert_int_equal(erase_point_resume(&point, 0, 2000, 500), 0);
        assert_int_equal(erase_point_resume(&point, 1, 1000, 900), 0); /* of another disk */
        assert_int_equal(erase_point_resume(&none, 0, 0, 900), 0);
}

static void names_are_stable(void **state)
{
        assert_string_equal(reset_phase_name(PHASE_IDLE), "idle");
        assert_string_equal(reset_phase_name(PHASE_KEYS_DESTROYED), "keys-destroyed");
        assert_string_equal(reset_phase_name(PHASE_DONE), "done");
        assert_string_equal(reset_phase_name(PHASE_COUNT), "unknown");
        assert_string_equal(reset_origin_name(ORIGIN_REQUEST), "request");
        assert_string_equal(reset_origin_name(ORIGIN_FIRST_BOOT), "first-boot");
}

/* -- who wrote it -- */

static void a_record_made_with_another_key_does_not_count(void **state)
{
        struct progress progress = example(9), decoded;
        struct progress_keys others = keys, withheld = keys;
        uint8_t record[PROGRESS_ENCODED_SIZE];
        struct progress_slot slots[PROGRESS_SLOTS] = { { record, sizeof(record) } };
        bool rejected = false;

        others.reset[31] ^= 1;
        progress_encode(&progress, others.reset, record);
        assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded), ERR_CHECKSUM);
        assert_int_equal(progress_select(slots, &keys, &decoded, &rejected), -1);
        assert_true(rejected);
        assert_int_equal(progress_decode(record, sizeof(record), &others, &decoded), ERR_OK); /* the control */

        withheld.has_reset = false;
        assert_int_equal(progress_decode(record, sizeof(record), &withheld, &decoded), ERR_CHECKSUM);
        assert_null(progress_key(&withheld, ORIGIN_REQUEST));

        progress_encode(&progress, progress_key(&no_secret, ORIGIN_MENU), record); /* what anybody can make */
        assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded), ERR_CHECKSUM);
        assert_int_equal(progress_decode(record, sizeof(record), &no_secret, &decoded), ERR_OK);
}

/* Its key is given to ordinary boots. */
static void the_first_boots_key_is_good_for_a_first_boot_alone(void **state)
{
        for (int origin = 0; origin < ORIGIN_COUNT; origin++) {
                struct progress progress = example(9), decoded;
                uint8_t record[PROGRESS_ENCODED_SIZE];

                progress.origin = (enum reset_origin)origin;
                progress_encode(&progress, keys.first_boot, record);
                assert_int_equal(progress_decode(record, sizeof(record), &keys, &decoded),
                                 origin == ORIGIN_FIRST_BOOT ? ERR_OK : ERR_CHECKSUM);
        }
}

/* The slot that is not overwritten by "done" says "recorded" for ever: put back, it would retire the next request. */
static void an_old_record_that_is_put_back_does_not_count(void **state)
{
        struct progress recorded = example(7), done = example(8), found;
        uint8_t records[2][PROGRESS_ENCODED_SIZE];
        struct progress_keys later = keys;
        bool rejected;

        recorded.phase = PHASE_RECORDED;
        done.phase = PHASE_DONE;
        progress_encode(&recorded, KEY, records[0]);
        progress_encode(&done, KEY, records[1]);
        const struct progress_slot both[2] = { { records[0], sizeof(records[0]) }, { records[1], sizeof(records[1]) } };
        const struct progress_slot old[2] = { { records[0], sizeof(records[0]) } };

        assert_int_equal(progress_select(old, &keys, &found, &rejected), 0); /* while that reset is not over */
        later.sequence_floor = 8;
        assert_int_equal(progress_select(both, &later, &found, &rejected), 1);
        assert_int_equal(found.phase, PHASE_DONE);
        assert_false(rejected);
        assert_int_equal(progress_select(old, &later, &found, &rejected), -1);
        assert_true(rejected);
        later.sequence_floor = 7;
        assert_int_equal(progress_select(old, &later, &found, &rejected), -1);
        later.sequence_floor = 6;
        assert_int_equal(progress_select(old, &later, &found, &rejected), 0);
}

static void progress_is_worth_what_it_proves(void **state)
{
        static const uint8_t same[SHA256_SIZE] = { [0 ... 31] = 0x11 }, other[SHA256_SIZE] = { 0x11 };
        static const struct {
                enum reset_phase phase;
                const struct progress_keys *keys;
                const uint8_t *request;
                bool chosen;
                enum progress_standing standing;
        } cases[] = {
                { PHASE_IDLE, &keys, same, false, PROGRESS_NONE },
                { PHASE_DONE, &keys, same, false, PROGRESS_OVER },
                { PHASE_DONE, &no_secret, other, true, PROGRESS_OVER },
                { PHASE_STARTED, &keys, NULL, false, PROGRESS_UNDER_WAY }, /* the request was lost, or retired */
                { PHASE_RECORDED, &keys, same, false, PROGRESS_UNDER_WAY },
                { PHASE_RECORDED, &keys, other, false, PROGRESS_SUPERSEDED },
                { PHASE_RECORDED, &keys, same, true, PROGRESS_SUPERSEDED },
                { PHASE_STARTED, &keys, NULL, true, PROGRESS_SUPERSEDED },
                { PHASE_RECORDED, &no_secret, same, false, PROGRESS_UNPROVEN },
                { PHASE_RECORDED, &no_secret, NULL, false, PROGRESS_UNPROVEN },
                { PHASE_RECORDED, &no_secret, other, true, PROGRESS_UNPROVEN },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct progress progress = example(9);
                enum progress_standing parsed;

                progress.phase = cases[i].phase;
                enum progress_standing standing = progress_judge(&progress, cases[i].keys, cases[i].request, cases[i].chosen);
                assert_int_equal(standing, cases[i].standing);
                const char *name = progress_standing_name(standing);
                assert_true(progress_standing_parse(name, strlen(name), &parsed));
                assert_int_equal(parsed, standing);
                assert_int_equal(progress_standing_is_under_way(standing),
                                 standing != PROGRESS_NONE && standing != PROGRESS_OVER);
        }
}

static void nothing_that_was_done_is_left_of_unproven_progress(void **state)
{
        struct progress progress = example(9);

        progress.phase = PHASE_RECORDED;
        progress_disbelieve(&progress);
        assert_int_equal(progress.phase, PHASE_STARTED);
        assert_int_equal(progress.disks_done, 0);
        assert_int_equal(progress.plain_partitions[0] & progress.plain_partitions[15], 0xff);
        assert_int_equal(progress.erase_point.done_bytes, 0);
        assert_int_equal(progress.srk_name_before_size, 0);
        assert_false(progress.awaiting_firmware);
        assert_int_equal(progress.attempts, 3); /* the limits hold */
        assert_int_equal(progress.failures, 2);
        assert_string_equal(progress.request.reason, "return");
}

static void a_disks_new_guid_is_known_again_by_the_reset_or_by_its_request(void **state)
{
        struct progress progress = example(9), other = example(9);
        struct guid name, again;

        progress_disk_name(&progress, &name);
        progress_disk_name_of_request(progress.request_digest, &again); /* of whatever attempt */
        assert_true(guid_equal(&name, &again));
        assert_int_equal(name.bytes[7] & 0xf0, 0x40);
        assert_int_equal(name.bytes[8] & 0xc0, 0x80);
        other.request_digest[0] ^= 1;
        progress_disk_name(&other, &again);
        assert_false(guid_equal(&name, &again));
        memset(progress.request_digest, 0,
               sizeof(progress.request_digest)); /* nobody's request: each reset has a name of its own */
        memset(other.request_digest, 0, sizeof(other.request_digest));
        other.reset_id.bytes[0] ^= 1;
        progress_disk_name(&progress, &name);
        progress_disk_name(&other, &again);
        assert_false(guid_equal(&name, &again));
}

static void attempts_are_counted_for_one_request(void **state)
{
        const uint8_t next[SHA256_SIZE] = { 7, 6, 5, 4, 3, 2, 1 };
        struct progress progress = example(9);
        uint8_t own[SHA256_SIZE];

        memcpy(own, progress.request_digest, sizeof(own));
        progress_count_anew(&progress, own);
        assert_int_equal(progress.attempts, 3);
        progress_count_anew(&progress, next);
        assert_int_equal(progress.attempts + progress.failures + progress.firmware_asked, 0);
        progress.attempts = 5;
        progress_count_anew(&progress, next); /* once */
        assert_int_equal(progress.attempts, 5);
        progress.origin = ORIGIN_FIRST_BOOT; /* nobody's request, whatever it says */
        progress_count_anew(&progress, own);
        assert_int_equal(progress.attempts, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(attempts_are_counted_for_one_request),
                cmocka_unit_test(a_disks_new_guid_is_known_again_by_the_reset_or_by_its_request),
                cmocka_unit_test(decoded_record_is_the_encoded_one),
                cmocka_unit_test(record_has_its_documented_layout),
                cmocka_unit_test(every_flipped_bit_is_noticed),
                cmocka_unit_test(damage_is_named),
                cmocka_unit_test(text_without_an_end_is_refused),
                cmocka_unit_test(record_of_another_size_is_refused),
                cmocka_unit_test(odd_texts_never_make_a_record_unreadable),
                cmocka_unit_test(longer_tpm_name_is_cut),
                cmocka_unit_test(newer_valid_slot_counts),
                cmocka_unit_test(torn_write_costs_one_step_at_most),
                cmocka_unit_test(reset_is_under_way_from_started_to_recorded),
                cmocka_unit_test(an_erasing_goes_on_where_the_point_says),
                cmocka_unit_test(names_are_stable),
                cmocka_unit_test(a_record_made_with_another_key_does_not_count),
                cmocka_unit_test(the_first_boots_key_is_good_for_a_first_boot_alone),
                cmocka_unit_test(an_old_record_that_is_put_back_does_not_count),
                cmocka_unit_test(progress_is_worth_what_it_proves),
                cmocka_unit_test(nothing_that_was_done_is_left_of_unproven_progress),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
