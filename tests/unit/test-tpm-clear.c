/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who clears a TPM, whether the firmware did, and what proves it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/plan/tpm-clear.h"
#include "common/state/tpm-evidence.h"

static void the_way_follows_from_what_the_tpm_allows(void **state)
{
        static const struct {
                bool disable_clear, auth_set, auth_known, in_lockout, owner_auth;
                enum tpm_clear_way without_firmware, with_firmware;
        } cases[] = {
                { 0, 0, 0, 0, 0, TPM_WAY_LOCKOUT_EMPTY, TPM_WAY_LOCKOUT_EMPTY },
                { 0, 0, 0, 0, 1, TPM_WAY_LOCKOUT_EMPTY, TPM_WAY_LOCKOUT_EMPTY },
                { 0, 1, 0, 0, 0, TPM_WAY_NONE, TPM_WAY_FIRMWARE },
                { 0, 1, 1, 0, 0, TPM_WAY_LOCKOUT_KNOWN, TPM_WAY_LOCKOUT_KNOWN },
                { 1, 0, 0, 0, 0, TPM_WAY_NONE, TPM_WAY_FIRMWARE },
                { 1, 1, 0, 0, 0, TPM_WAY_NONE, TPM_WAY_FIRMWARE },
                { 1, 1, 1, 0, 0, TPM_WAY_NONE, TPM_WAY_FIRMWARE },
                { 0, 0, 0, 1, 0, TPM_WAY_NONE, TPM_WAY_FIRMWARE },
                { 0, 1, 0, 1, 0, TPM_WAY_NONE, TPM_WAY_FIRMWARE },
                { 0, 1, 1, 1, 0, TPM_WAY_NONE, TPM_WAY_FIRMWARE }, /* accepted, and yet the lockout is on */
                { 1, 1, 1, 1, 1, TPM_WAY_NONE, TPM_WAY_FIRMWARE },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct tpm_facts facts = { .present = true,
                                           .disable_clear = cases[i].disable_clear,
                                           .lockout_auth_set = cases[i].auth_set,
                                           .lockout_auth_known = cases[i].auth_known,
                                           .in_lockout = cases[i].in_lockout,
                                           .owner_auth_set = cases[i].owner_auth };
                assert_int_equal(tpm_clear_way_choose(&facts), cases[i].without_firmware);
                facts.firmware = (struct ppi_clear_offer){ .present = true };
                assert_int_equal(tpm_clear_way_choose(&facts), cases[i].without_firmware); /* it offers no clear */
                facts.firmware = (struct ppi_clear_offer){ .present = true, .operation = 22, .asks_user = true };
                assert_int_equal(tpm_clear_way_choose(&facts), cases[i].with_firmware);
                facts.lockout_blocked = true; /* found out by asking */
                assert_int_equal(tpm_clear_way_choose(&facts), TPM_WAY_FIRMWARE);
                facts.firmware.operation = 0;
                assert_int_equal(tpm_clear_way_choose(&facts), TPM_WAY_NONE);
                facts.present = false;
                assert_int_equal(tpm_clear_way_choose(&facts), TPM_WAY_NONE);
        }
}

static void a_firmware_is_believed_only_with_proof(void **state)
{
        static const struct {
                uint32_t pending;
                struct ppi_response response;
                bool replaced;
                enum firmware_answer answer;
        } cases[] = {
                { 0, { 5, PPI_CODE_SUCCESS }, true, FIRMWARE_CLEARED },
                { 0, { 5, PPI_CODE_SUCCESS }, false, FIRMWARE_UNCHANGED },
                { 5, { 5, PPI_CODE_SUCCESS }, false, FIRMWARE_NOT_PROCESSED }, /* an answer from years ago */
                { 5, { 5, PPI_CODE_SUCCESS }, true, FIRMWARE_NOT_PROCESSED },
                { 5, { 0, 0 }, false, FIRMWARE_NOT_PROCESSED },
                { 0, { 0, 0 }, false, FIRMWARE_NO_ANSWER },
                { 0, { 0, 0 }, true, FIRMWARE_NO_ANSWER },
                { 0, { 22, PPI_CODE_SUCCESS }, true, FIRMWARE_OTHER_OPERATION },
                { 0, { 5, PPI_CODE_USER_ABORT }, false, FIRMWARE_DECLINED },
                { 0, { 5, PPI_CODE_USER_ABORT }, true, FIRMWARE_DECLINED },
                { 0, { 5, PPI_CODE_BIOS_FAILURE }, false, FIRMWARE_FAILED },
                { 0, { 5, 1 }, false, FIRMWARE_TPM_ERROR },
                { 0, { 5, PPI_CODE_TPM_MAX }, true, FIRMWARE_TPM_ERROR },
                { 0, { 5, PPI_CODE_TPM_MAX + 1 }, true, FIRMWARE_UNKNOWN_CODE },
                { 0, { 5, 0xffffffff }, true, FIRMWARE_UNKNOWN_CODE },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(firmware_answer_judge(5, cases[i].pending, &cases[i].response, cases[i].replaced),
                                 cases[i].answer);
}

static void everything_has_a_name_and_a_text(void **state)
{
        for (int way = 0; way <= TPM_WAY_COUNT; way++)
                assert_true(tpm_clear_way_name((enum tpm_clear_way)way)[0] && tpm_clear_way_text((enum tpm_clear_way)way)[0]);
        for (int answer = 0; answer <= FIRMWARE_ANSWER_COUNT; answer++)
                assert_true(firmware_answer_name((enum firmware_answer)answer)[0] &&
                            firmware_answer_text((enum firmware_answer)answer)[0]);
        assert_string_equal(tpm_clear_way_name(TPM_WAY_COUNT), "unknown");
        assert_string_equal(firmware_answer_name(FIRMWARE_ANSWER_COUNT), "unknown");
}

static struct tpm_evidence evidence_of(uint8_t name, uint8_t ticket)
{
        struct tpm_evidence evidence = { .srk_name_size = name ? 34 : 0, .storage_ticket_size = ticket ? 32 : 0 };
        evidence.srk_name[33] = name;
        evidence.storage_ticket[31] = ticket;
        return evidence;
}

static void only_another_hierarchy_is_proof(void **state)
{
        static const struct {
                uint8_t name_before, ticket_before, name_after, ticket_after;
                bool replaced;
        } cases[] = {
                { 1, 1, 2, 2, true },  { 1, 1, 1, 1, false }, { 1, 1, 2, 1, false },
                { 1, 1, 1, 2, false }, { 0, 1, 2, 2, true },                         /* an owner authorization hid the name */
                { 0, 1, 2, 1, false }, { 1, 0, 2, 2, true },                         /* the progress record alone */
                { 1, 0, 1, 2, false }, { 0, 0, 2, 2, false },                        /* nothing known before */
                { 1, 1, 0, 0, false },                                               /* nothing known now */
                { 1, 1, 2, 0, true },  { 1, 1, 0, 2, true },                         /* one of them is no longer told */
                { 1, 1, 1, 0, false }, { 1, 1, 0, 1, false }, { 1, 0, 0, 2, false }, /* nothing to compare */
                { 0, 1, 2, 0, false },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct tpm_evidence before = evidence_of(cases[i].name_before, cases[i].ticket_before);
                struct tpm_evidence after = evidence_of(cases[i].name_after, cases[i].ticket_after);
                assert_int_equal(tpm_evidence_replaced(&before, &after), cases[i].replaced);
                assert_int_equal(tpm_evidence_replaced_wholly(&before, &after), i == 0); /* all four known, both others */
        }
}

/* -- over a restart -- */

static const struct id128 some_id = { { 0xab, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };

static struct tpm_evidence full(void)
{
        struct tpm_evidence evidence = evidence_of(7, 9);
        evidence.clock_ms = UINT64_C(0x1122334455667788);
        evidence.reset_count = 41;
        evidence.restart_count = 42;
        evidence.endorsement_auth_set = evidence.disable_clear = true;
        evidence.unread = TPM_UNREAD_CLOCK | TPM_UNREAD_NV_INDICES;
        evidence.persistent = (struct tpm_handles){ .count = 1, .listed = { 0x81000001 } };
        evidence.nv_indices.count = TPM_HANDLES_LISTED_MAX + 5;
        for (uint32_t i = 0; i < TPM_HANDLES_LISTED_MAX; i++)
                evidence.nv_indices.listed[i] = 0x01500000 + i;
        return evidence;
}

static void what_is_kept_comes_back(void **state)
{
        const struct tpm_evidence evidence = full();
        struct tpm_evidence back;
        struct id128 id = { { 0 } };
        uint8_t encoded[TPM_EVIDENCE_ENCODED_SIZE], again[TPM_EVIDENCE_ENCODED_SIZE];
        memset(&back, 0xff, sizeof(back));
        tpm_evidence_encode(&evidence, &some_id, encoded);
        assert_memory_equal(encoded, "CLNSLTPM\1\0\0\0\12\24\0\0\253", 17);
        assert_int_equal(tpm_evidence_decode(encoded, sizeof(encoded), &back, &id), ERR_OK);
        assert_true(id128_equal(&id, &some_id));
        assert_int_equal(back.unread, evidence.unread);
        tpm_evidence_encode(&back, &id, again);
        assert_memory_equal(again, encoded, sizeof(encoded));
}

static void what_is_damaged_is_refused(void **state)
{
        const struct tpm_evidence evidence = full();
        struct tpm_evidence back = { .reset_count = 77 };
        struct id128 id = { { 0 } };
        uint8_t encoded[TPM_EVIDENCE_ENCODED_SIZE + 1] = { 0 };
        for (size_t at = 0; at < TPM_EVIDENCE_ENCODED_SIZE; at++) {
                tpm_evidence_encode(&evidence, &some_id, encoded);
                encoded[at] ^= 1;
                enum err expected = at < 8 ? ERR_SYNTAX : at < 12 ? ERR_VERSION : ERR_CHECKSUM;
                assert_int_equal(tpm_evidence_decode(encoded, TPM_EVIDENCE_ENCODED_SIZE, &back, &id), expected);
        }
        tpm_evidence_encode(&evidence, &some_id, encoded);
        assert_int_equal(tpm_evidence_decode(encoded, TPM_EVIDENCE_ENCODED_SIZE - 1, &back, &id), ERR_TRUNCATED);
        assert_int_equal(tpm_evidence_decode(encoded, TPM_EVIDENCE_ENCODED_SIZE + 1, &back, &id), ERR_TOO_LARGE);
        assert_int_equal(back.reset_count, 77);
}

static void a_size_beyond_its_field_is_refused(void **state)
{
        struct tpm_evidence evidence = full(), back;
        struct id128 id;
        uint8_t encoded[TPM_EVIDENCE_ENCODED_SIZE];
        evidence.srk_name_size = TPM_NAME_MAX + 1;
        tpm_evidence_encode(&evidence, &some_id, encoded);
        assert_int_equal(tpm_evidence_decode(encoded, sizeof(encoded), &back, &id), ERR_RANGE);
        evidence = full();
        evidence.storage_ticket_size = TPM_TICKET_MAX + 1;
        tpm_evidence_encode(&evidence, &some_id, encoded);
        assert_int_equal(tpm_evidence_decode(encoded, sizeof(encoded), &back, &id), ERR_RANGE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_way_follows_from_what_the_tpm_allows),
                cmocka_unit_test(a_firmware_is_believed_only_with_proof),
                cmocka_unit_test(everything_has_a_name_and_a_text),
                cmocka_unit_test(only_another_hierarchy_is_proof),
                cmocka_unit_test(what_is_kept_comes_back),
                cmocka_unit_test(what_is_damaged_is_refused),
                cmocka_unit_test(a_size_beyond_its_field_is_refused),
        };
        return cmocka_run_group_tests_name("tpm-clear", tests, NULL, NULL);
}
