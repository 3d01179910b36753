/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan does about the TPM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

static void the_stricter_tpm_policy_is_in_force(void **state)
{
        static const struct {
                enum tpm_clear_policy policy, request, expected;
        } cases[] = {
                { TPM_CLEAR_REQUIRED, TPM_CLEAR_UNSET, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_REQUIRED, TPM_CLEAR_SKIP, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_REQUIRED, TPM_CLEAR_TRY, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_TRY, TPM_CLEAR_UNSET, TPM_CLEAR_TRY },
                { TPM_CLEAR_TRY, TPM_CLEAR_SKIP, TPM_CLEAR_TRY },
                { TPM_CLEAR_TRY, TPM_CLEAR_REQUIRED, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_SKIP, TPM_CLEAR_UNSET, TPM_CLEAR_SKIP },
                { TPM_CLEAR_SKIP, TPM_CLEAR_TRY, TPM_CLEAR_TRY },
                { TPM_CLEAR_SKIP, TPM_CLEAR_REQUIRED, TPM_CLEAR_REQUIRED },
                { TPM_CLEAR_UNSET, TPM_CLEAR_SKIP, TPM_CLEAR_REQUIRED },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                policy.settings.tpm_clear = cases[i].policy;
                request.tpm_clear = cases[i].request;
                assert_accepted();
                assert_int_equal(plan.tpm_clear, cases[i].expected);
                assert_int_equal(has_step(STEP_CLEAR_TPM), cases[i].expected != TPM_CLEAR_SKIP);
        }
}

static void what_is_kept_is_not_left_without_its_key(void **state)
{
        define("30-srv.conf", "[Partition]\nType=srv\nEncrypt=tpm2\n");
        (void)assert_refused_only(REFUSE_KEPT_SEALED);
        policy.settings.tpm_clear = TPM_CLEAR_TRY;
        (void)assert_refused_only(REFUSE_KEPT_SEALED);
        policy.settings.tpm_clear = TPM_CLEAR_SKIP;
        assert_accepted();
        policy.settings.tpm_clear = TPM_CLEAR_REQUIRED;
        make_first_boot(); /* which clears nothing */
        assert_accepted();
        (void)set_up_full(state);
        define("30-srv.conf", "[Partition]\nType=srv\n");
        assert_accepted();
}

static void an_unwilling_tpm_refuses_only_where_clearing_is_required(void **state)
{
        static const struct {
                struct tpm_facts tpm;
                enum refusal refusal;
        } cases[] = {
                { { .present = true, .disable_clear = true }, REFUSE_TPM_DISABLE_CLEAR },
                { { .present = true, .lockout_auth_set = true }, REFUSE_TPM_LOCKOUT_AUTH },
                { { .present = true, .in_lockout = true }, REFUSE_TPM_LOCKED_OUT },
                { { .present = true, .lockout_blocked = true }, REFUSE_TPM_LOCKED_OUT },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up_full(state);
                inventory.tpm = cases[i].tpm;
                (void)assert_refused_only(cases[i].refusal);
                policy.settings.tpm_clear = TPM_CLEAR_TRY;
                assert_accepted();
                assert_true(has_step(STEP_CLEAR_TPM));
                policy.settings.tpm_clear = TPM_CLEAR_SKIP;
                assert_accepted();
                assert_false(has_step(STEP_CLEAR_TPM));
                policy.settings.tpm_clear = TPM_CLEAR_REQUIRED;
                make_first_boot(); /* which clears nothing */
                assert_accepted();
        }
}

static void a_locked_tpm_is_left_to_a_firmware_that_can_clear_it(void **state)
{
        static const struct {
                struct tpm_facts tpm;
                const char *line;
        } cases[] = {
                { { .present = true, .disable_clear = true }, "clear-tpm  way=firmware why=always\n" },
                { { .present = true, .lockout_auth_set = true }, "clear-tpm  way=firmware why=always\n" },
                { { .present = true, .in_lockout = true }, "clear-tpm  way=firmware why=always\n" },
                { { .present = true, .lockout_auth_set = true, .lockout_auth_known = true },
                  "clear-tpm  way=lockout-known why=always\n" },
                { { .present = true }, "clear-tpm  way=lockout-empty why=always\n" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                for (enum tpm_clear_policy clear = TPM_CLEAR_REQUIRED; clear <= TPM_CLEAR_TRY; clear++) {
                        (void)set_up_full(state);
                        inventory.tpm = cases[i].tpm;
                        inventory.tpm.firmware = (struct ppi_clear_offer){ .present = true, .operation = 5, .asks_user = true };
                        policy.settings.tpm_clear = clear;
                        assert_non_null(strstr(build(), cases[i].line));
                        assert_accepted();
                }
                policy.settings.tpm_clear = TPM_CLEAR_SKIP;
                assert_null(strstr(build(), "clear-tpm"));
                assert_int_equal(plan.tpm_way, TPM_WAY_NONE);
        }
}

static void where_clearing_is_only_tried_the_plan_says_that_nobody_can(void **state)
{
        inventory.tpm.disable_clear = true;
        policy.settings.tpm_clear = TPM_CLEAR_TRY;
        assert_non_null(strstr(build(), "clear-tpm  way=none why=always\n"));
}

static void without_a_tpm_the_policy_decides(void **state)
{
        inventory.tpm.present = false;
        (void)assert_refused_only(REFUSE_NO_TPM);
        policy.settings.tpm_clear = TPM_CLEAR_TRY;
        (void)assert_refused_only(REFUSE_NO_TPM); /* nothing to seal the new partitions to */
        policy.settings.without_tpm = WITHOUT_TPM_PLAIN;
        assert_accepted();
        assert_false(has_step(STEP_CLEAR_TPM));
        assert_false(has_step(STEP_ENCRYPT));
        assert_true(has_step(STEP_MAKE_FILE_SYSTEM));
        policy.settings.tpm_clear = TPM_CLEAR_REQUIRED;
        (void)assert_refused_only(REFUSE_NO_TPM);
        make_first_boot();
        assert_accepted();
}

static void unencrypted_devices_need_no_tpm_to_build(void **state)
{
        inventory.tpm.present = inventory.signed_policy = false;
        policy.settings.tpm_clear = TPM_CLEAR_SKIP;
        policy.partitions[CONFIG_DEFINITION].encrypt = policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_OFF;
        assert_accepted();
        assert_false(has_step(STEP_ENCRYPT));
        inventory.tpm.present = true;
        assert_accepted();
        assert_false(has_step(STEP_ENCRYPT));
}

/* Whoever reads why nothing happened is told what stands in the way, and nothing besides. */
static void only_what_is_in_the_way_of_clearing_is_told(void **state)
{
        inventory.tpm =
                (struct tpm_facts){ .present = true, .lockout_auth_set = true, .lockout_auth_known = true, .in_lockout = true };
        (void)assert_refused_only(REFUSE_TPM_LOCKED_OUT); /* the authorization is known */
        inventory.tpm = (struct tpm_facts){ .disable_clear = true, .lockout_auth_set = true, .in_lockout = true };
        (void)assert_refused_only(REFUSE_NO_TPM);
}

static void a_kept_volume_is_not_left_without_its_key_wherever_it_is_defined(void **state)
{
        for (size_t d = 0; d < policy.partition_count; d++) {
                (void)set_up_full(state);
                policy.partitions[d].factory_reset = false;
                (void)assert_refused_only(REFUSE_KEPT_SEALED);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_stricter_tpm_policy_is_in_force, set_up_full),
                cmocka_unit_test_setup(what_is_kept_is_not_left_without_its_key, set_up_full),
                cmocka_unit_test_setup(an_unwilling_tpm_refuses_only_where_clearing_is_required, set_up_full),
                cmocka_unit_test_setup(a_locked_tpm_is_left_to_a_firmware_that_can_clear_it, set_up_full),
                cmocka_unit_test_setup(where_clearing_is_only_tried_the_plan_says_that_nobody_can, set_up_full),
                cmocka_unit_test_setup(without_a_tpm_the_policy_decides, set_up_full),
                cmocka_unit_test_setup(unencrypted_devices_need_no_tpm_to_build, set_up_full),
                cmocka_unit_test_setup(only_what_is_in_the_way_of_clearing_is_told, set_up_full),
                cmocka_unit_test_setup(a_kept_volume_is_not_left_without_its_key_wherever_it_is_defined, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
