/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a plan erases: what may be plain text, what lies between partitions, levels and methods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

/* A partition whose entry was dropped is still on the disk. */
static void what_lies_between_partitions_is_erased(void **state)
{
        const char *text;

        set_partition(STATE, "var", "state", 1431, 2000); /* 10 MiB before it, 664 MiB behind it */
        inventory.partitions[STATE].content = CONTENT_LUKS;
        text = build();
        assert_non_null(strstr(text, "erase-unallocated  at 1490026496..1500512256 method=zero why=unallocated\n"));
        assert_non_null(strstr(text, "erase-unallocated  at 3597664256..4293918720 method=zero why=unallocated\n"));
        assert_true(find_step(&plan, STEP_ERASE_UNALLOCATED, -1, -1) < find_step(&plan, STEP_CREATE_ENTRY, -1, -1));
        policy.settings.unallocated = UNALLOCATED_LEAVE;
        assert_accepted();
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
}

/* Some boards keep their boot loader there, outside of every table. */
static void what_lies_in_front_of_the_first_partition_is_erased_only_where_the_image_says_so(void **state)
{
        inventory.first_usable_bytes = 17408;
        assert_accepted();
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
        policy.settings.unallocated = UNALLOCATED_ALL;
        assert_non_null(strstr(build(), "erase-unallocated  at 17408..1048576 method=zero why=unallocated\n"));
}

/* Behind that, the place of an old partition may be unallocated, or a new one's: not to be told apart. */
static void a_resumed_reset_erases_what_lies_between_partitions_once(void **state)
{
        inventory.partition_count = STATE;
        assert_accepted();
        assert_true(has_step(STEP_ERASE_UNALLOCATED));
        inventory.unallocated_done = true;
        assert_accepted();
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
}

static void what_may_be_plain_text_is_overwritten(void **state)
{
        static const struct {
                enum partition_content content;
                const char *encrypt;
                int without_tpm;
                enum erase_level policy_level, request_level;
                enum erase_method method;
                enum step_why why;
        } cases[] = {
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_DISCARD, WHY_FACTORY_RESET },
                { CONTENT_LUKS, "off", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_PLAIN, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_BLANK, "tpm2", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_DISCARD, WHY_FACTORY_RESET },
                { CONTENT_BLANK, "tpm2", WITHOUT_TPM_PLAIN, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_BLANK, "off", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_UNKNOWN, "tpm2", WITHOUT_TPM_REFUSE, 0, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_UNKNOWN, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CRYPTO, 0, ERASE_METHOD_ZERO, WHY_MAY_HOLD_PLAIN },
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CRYPTO, 0, ERASE_METHOD_DISCARD, WHY_FACTORY_RESET },
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CLEAR, 0, ERASE_METHOD_ZERO, WHY_FACTORY_RESET },
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, 0, ERASE_LEVEL_CLEAR, ERASE_METHOD_ZERO, WHY_FACTORY_RESET },
                { CONTENT_BLANK, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CRYPTO, ERASE_LEVEL_CLEAR, ERASE_METHOD_ZERO,
                  WHY_MAY_HOLD_PLAIN },
                /* a request cannot ask for less */
                { CONTENT_LUKS, "tpm2", WITHOUT_TPM_REFUSE, ERASE_LEVEL_CLEAR, ERASE_LEVEL_CRYPTO, ERASE_METHOD_ZERO,
                  WHY_FACTORY_RESET },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up_full(state);
                inventory.partitions[STATE].content = cases[i].content;
                policy.partitions[STATE_DEFINITION].encrypt = strcmp(cases[i].encrypt, "off") == 0 ? ENCRYPT_OFF : ENCRYPT_TPM2;
                policy.settings.without_tpm = cases[i].without_tpm;
                policy.settings.erase_level = cases[i].policy_level;
                request.level = cases[i].request_level;
                assert_accepted();
                assert_int_equal(plan.level,
                                 cases[i].policy_level > cases[i].request_level ? cases[i].policy_level : cases[i].request_level);
                assert_int_equal(step_of(STEP_ERASE, STATE, -1)->method, cases[i].method);
                assert_int_equal(step_of(STEP_ERASE, STATE, -1)->why, cases[i].why);
                assert_int_equal(step_of(STEP_DESTROY_KEYS, STATE, -1)->why, WHY_FACTORY_RESET);
        }
}

/* What the preflight tries the kernel for: a volume that is built and encrypted, and no other. */
static void volumes_with_integrity_are_known_before_they_are_built(void **state)
{
        char text[PLAN_TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));

        assert_accepted();
        assert_null(plan_builds_integrity(&plan, &policy));
        policy.partitions[STATE_DEFINITION].integrity = INTEGRITY_INLINE;
        assert_accepted();
        assert_ptr_equal(plan_builds_integrity(&plan, &policy), &policy.partitions[STATE_DEFINITION]);
        plan_format(&plan, &policy, &inventory, &writer);
        assert_non_null(strstr(text, "mode=tpm2 integrity=inline"));
        policy.partitions[STATE_DEFINITION].factory_reset = false; /* it stays as it is */
        policy.settings.tpm_clear = TPM_CLEAR_SKIP;
        assert_accepted();
        assert_null(plan_builds_integrity(&plan, &policy));
        policy.partitions[STATE_DEFINITION].factory_reset = true; /* without a TPM it is plain, and has no tags, either */
        policy.settings.without_tpm = WITHOUT_TPM_PLAIN;
        inventory.tpm.present = false;
        assert_accepted();
        assert_null(plan_builds_integrity(&plan, &policy));
}

static void what_is_overwritten_is_overwritten_with_what_the_image_wants(void **state)
{
        char text[PLAN_TEXT_MAX];

        policy.settings.overwrite = PATTERN_KEYSTREAM;
        inventory.partitions[STATE].content = CONTENT_UNKNOWN;
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->method, ERASE_METHOD_KEYSTREAM);
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->why, WHY_MAY_HOLD_PLAIN);
        inventory.partitions[STATE].content = CONTENT_LUKS; /* ciphertext needs none, of whatever kind */
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->method, ERASE_METHOD_DISCARD);
        request.level = ERASE_LEVEL_CLEAR;
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->method, ERASE_METHOD_KEYSTREAM);
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->why, WHY_FACTORY_RESET);
        struct writer writer = writer_over(text, sizeof(text));
        plan_format(&plan, &policy, &inventory, &writer);
        assert_non_null(strstr(text, "method=keystream"));
}

static void purging_the_running_disk_is_refused(void **state)
{
        request.level = ERASE_LEVEL_PURGE;
        (void)assert_refused_only(REFUSE_LEVEL);
        request.level = ERASE_LEVEL_CLEAR;
        policy.settings.erase_level = ERASE_LEVEL_PURGE;
        (void)assert_refused_only(REFUSE_LEVEL);
        inventory.partition_count = STATE; /* one partition is data as well */
        (void)assert_refused_only(REFUSE_LEVEL);
        inventory.partition_count = CONFIG; /* nothing to purge */
        assert_accepted();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_lies_between_partitions_is_erased, set_up_full),
                cmocka_unit_test_setup(what_lies_in_front_of_the_first_partition_is_erased_only_where_the_image_says_so,
                                       set_up_full),
                cmocka_unit_test_setup(a_resumed_reset_erases_what_lies_between_partitions_once, set_up_full),
                cmocka_unit_test_setup(what_may_be_plain_text_is_overwritten, set_up_full),
                cmocka_unit_test_setup(volumes_with_integrity_are_known_before_they_are_built, set_up_full),
                cmocka_unit_test_setup(what_is_overwritten_is_overwritten_with_what_the_image_wants, set_up_full),
                cmocka_unit_test_setup(purging_the_running_disk_is_refused, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
