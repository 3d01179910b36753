/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recovery page offers, in every combination of what is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/show/recovery-offers.h"

/* Bit N of `number` is fact N. */
static struct recovery_facts facts_of(unsigned number)
{
        return (struct recovery_facts){ .begun = number & 1,
                                        .progress_known = number & 2,
                                        .boots_failed = number & 4,
                                        .request_due = number & 8,
                                        .left_initrd = number & 16,
                                        .password_given = number & 32,
                                        .recovery_key = number & 64,
                                        .reset = (enum access)(number / 128) };
}
#define COMBINATIONS (128 * ACCESS_COUNT)

static void a_way_out_is_always_offered(void **state)
{
        for (unsigned i = 0; i < COMBINATIONS; i++) {
                struct recovery_facts facts = facts_of(i);

                assert_true(recovery_offers(&facts, OFFER_RESTART) && recovery_offers(&facts, OFFER_POWER_OFF));
        }
}

static void a_reset_that_has_begun_is_finished_or_nothing(void **state)
{
        for (unsigned i = 0; i < COMBINATIONS; i++) {
                struct recovery_facts facts = facts_of(i);

                facts.begun = true;
                assert_true(recovery_offers(&facts, OFFER_TRY_AGAIN));
                assert_false(recovery_offers(&facts, OFFER_CANCEL_REQUEST));
                assert_false(recovery_offers(&facts, OFFER_RESET));
        }
}

static void the_recovery_key_is_asked_for_where_a_volume_has_one_and_nothing_has_begun(void **state)
{
        for (unsigned i = 0; i < COMBINATIONS; i++) {
                struct recovery_facts facts = facts_of(i);

                assert_int_equal(recovery_offers(&facts, OFFER_RECOVERY_KEY),
                                 facts.recovery_key && !facts.begun && !facts.left_initrd);
                assert_int_equal(recovery_offer_of_key(&facts, 'k') == OFFER_RECOVERY_KEY,
                                 recovery_offers(&facts, OFFER_RECOVERY_KEY));
        }
}

static void a_reset_is_offered_where_nothing_has_begun_and_that_is_known(void **state)
{
        for (unsigned i = 0; i < COMBINATIONS; i++) {
                struct recovery_facts facts = facts_of(i);

                assert_int_equal(recovery_offers(&facts, OFFER_RESET),
                                 !facts.begun && facts.progress_known && !facts.left_initrd && facts.reset != ACCESS_OFF);
        }
}

static void a_guarded_reset_leads_to_the_password_and_a_forbidden_one_is_told(void **state)
{
        for (unsigned i = 0; i < COMBINATIONS; i++) {
                struct recovery_facts facts = facts_of(i), allowed = facts;
                bool needs = facts.reset == ACCESS_PASSWORD && !facts.password_given;

                allowed.reset = ACCESS_ALLOWED;
                assert_int_equal(recovery_reset_needs_password(&facts), needs);
                assert_int_equal(recovery_reset_is_forbidden(&facts),
                                 recovery_offers(&allowed, OFFER_RESET) && facts.reset == ACCESS_OFF);
                assert_int_equal(strstr(recovery_offer_text(&facts, OFFER_RESET), "password") != NULL, needs);
        }
}

static void trying_again_is_for_what_was_counted(void **state)
{
        for (unsigned i = 0; i < COMBINATIONS; i++) {
                struct recovery_facts facts = facts_of(i);

                assert_int_equal(recovery_offers(&facts, OFFER_TRY_AGAIN), facts.begun || facts.boots_failed);
                assert_int_equal(recovery_offers(&facts, OFFER_CANCEL_REQUEST), facts.request_due && !facts.begun);
        }
}

static void keys_mean_what_is_offered_and_nothing_else(void **state)
{
        for (unsigned i = 0; i < COMBINATIONS; i++) {
                struct recovery_facts facts = facts_of(i);
                unsigned found = 0;

                for (int key = 0; key < 256; key++) {
                        enum recovery_offer offer = recovery_offer_of_key(&facts, (char)key);

                        if (offer == OFFER_NONE)
                                continue;
                        assert_true(recovery_offers(&facts, offer));
                        assert_int_equal(recovery_offer_key(offer), key | 0x20);
                        assert_true(strlen(recovery_offer_text(&facts, offer)) > 0);
                        found++;
                }
                unsigned offered = 0;
                for (int offer = 0; offer < OFFER_COUNT; offer++)
                        offered += recovery_offers(&facts, (enum recovery_offer)offer);
                assert_int_equal(found, 2 * offered); /* in either case */
        }
}

/* Each phase, in this boot and from the one before: what is said about the old data is what is known, and no more. */
static void the_page_says_of_the_old_data_what_is_known(void **state)
{
        static const struct {
                struct recovery_facts facts;
                const char *says, *never[2];
        } cases[] = {
                { { .begun = false }, "nothing was erased", { "has begun", "destroyed" } },
                { { .begun = false, .phase = PHASE_DONE }, "nothing was erased", { "has begun", "destroyed" } },
                { { .begun = true, .phase = PHASE_STARTED, .untouched = true },
                  "nothing is erased yet",
                  { "unreadable", "destroyed" } },
                { { .begun = true, .phase = PHASE_STARTED }, "may be unreadable", { "nothing", "is erased" } },
                { { .begun = true, .phase = PHASE_IDLE }, "may be unreadable", { "nothing", "is erased" } },
                { { .begun = true, .phase = PHASE_KEYS_DESTROYED }, "not encrypted may not be erased", { "nothing", "policy" } },
                { { .begun = true, .phase = PHASE_TPM_CLEARED }, "not encrypted may not be erased", { "nothing", "policy" } },
                { { .begun = true, .phase = PHASE_TPM_CLEARED, .untouched = true },
                  "keys of your encrypted data are destroyed",
                  { "nothing" } },
                { { .begun = true, .phase = PHASE_ERASED }, "is erased as the image's policy asks", { "nothing", "may" } },
                { { .begun = true, .phase = PHASE_RECORDED }, "is erased as the image's policy asks", { "nothing", "may" } },
                { { .begun = true, .phase = PHASE_ERASED, .first_boot = true },
                  "nothing to erase",
                  { "is erased", "destroyed" } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *text = recovery_state_text(&cases[i].facts);

                assert_non_null(strstr(text, cases[i].says));
                for (size_t k = 0; k < 2 && cases[i].never[k] != NULL; k++)
                        assert_null(strstr(text, cases[i].never[k]));
                assert_int_equal(strstr(text, "must be completed") != NULL, cases[i].facts.begun);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_way_out_is_always_offered),
                cmocka_unit_test(a_reset_that_has_begun_is_finished_or_nothing),
                cmocka_unit_test(the_recovery_key_is_asked_for_where_a_volume_has_one_and_nothing_has_begun),
                cmocka_unit_test(a_reset_is_offered_where_nothing_has_begun_and_that_is_known),
                cmocka_unit_test(a_guarded_reset_leads_to_the_password_and_a_forbidden_one_is_told),
                cmocka_unit_test(trying_again_is_for_what_was_counted),
                cmocka_unit_test(keys_mean_what_is_offered_and_nothing_else),
                cmocka_unit_test(the_page_says_of_the_old_data_what_is_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
