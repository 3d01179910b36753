/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset does, decided from request, policy and inventory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

static void the_reference_machine_is_reset_in_this_order(void **state)
{
        assert_string_equal(
                build(),
                "plan  disk 00000000-0000-0000-0000-000000000000 tpm-clear=required first-boot=no\n"
                "commit-progress  why=always\n"
                "destroy-keys  partition 4 \"config\" 0..67108864 why=factory-reset\n"
                "destroy-keys  partition 5 \"state\" 0..142606336 why=factory-reset\n"
                "clear-tpm  way=lockout-empty why=always\n"
                "erase  partition 4 \"config\" 0..67108864 method=discard why=factory-reset\n"
                "erase  partition 5 \"state\" 0..2803892224 method=discard why=factory-reset\n"
                "clean-esp  remove=0 why=always\n"
                "clean-variables  remove=0 why=always\n"
                "clean-table  why=always\n"
                "create-entry  definition \"10-config.conf\" \"config\" slot 4 \"config\" at 1422917632..1490026496 why=rebuild\n"
                "create-entry  definition \"20-state.conf\" \"state\" slot 5 \"state\" at 1490026496..4293918720 why=rebuild\n"
                "encrypt  definition \"10-config.conf\" \"config\" mode=tpm2 why=rebuild\n"
                "make-file-system  definition \"10-config.conf\" \"config\" format=ext4 why=rebuild\n"
                "copy-tree  definition \"10-config.conf\" \"config\" why=rebuild\n"
                "encrypt  definition \"20-state.conf\" \"state\" mode=tpm2 why=rebuild\n"
                "make-file-system  definition \"20-state.conf\" \"state\" format=ext4 why=rebuild\n"
                "copy-tree  definition \"20-state.conf\" \"state\" why=rebuild\n"
                "verify-tree  definition \"10-config.conf\" \"config\" why=rebuild\n"
                "verify-tree  definition \"20-state.conf\" \"state\" why=rebuild\n"
                "write-record  why=always\n"
                "retire-request  why=always\n"
                "left  at 0..1048576 why=boot-loader-area\n");
}

static void what_is_removed_beyond_partitions_is_part_of_the_plan(void **state)
{
        inventory.clean.esp_removals = 2;
        inventory.clean.variable_removals = 1;
        inventory.clean.esp_digest[0] = 0xab;
        inventory.clean.variable_digest[31] = 0xcd;
        const char *text = build();
        assert_non_null(strstr(text, "clean-esp  remove=2 list=ab00000000000000000000000000000000000000000000000000000000000000 "
                                     "why=always\nclean-variables  remove=1 list="
                                     "00000000000000000000000000000000000000000000000000000000000000cd why=always\n"));
        make_first_boot();
        assert_null(strstr(build(), "clean-"));
}

static void hooks_run_behind_the_proof_in_reset_and_first_boot_where_the_image_says_so(void **state)
{
        char text[PLAN_TEXT_MAX];
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_RUN_HOOKS, -1, -1), -1);
        policy.settings.hooks_after_rebuild = true;
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_RUN_HOOKS, -1, -1), (int)plan.step_count - 3);
        struct writer writer = writer_over(text, sizeof(text));
        plan_format(&plan, &policy, &inventory, &writer);
        assert_non_null(strstr(text, "run-hooks")); /* so the digest tells */
        make_first_boot();
        assert_accepted();
        assert_true(find_step(&plan, STEP_RUN_HOOKS, -1, -1) >= 0);
}

/* A disk that lost its state partitions, to a power cut or to somebody, is no reason to keep the TPM's secrets. */
static void a_reset_that_was_asked_for_clears_the_tpm_even_where_nothing_is_left(void **state)
{
        inventory.partition_count = CONFIG;
        assert_string_equal(
                build(),
                "plan  disk 00000000-0000-0000-0000-000000000000 tpm-clear=required first-boot=no\n"
                "commit-progress  why=always\n"
                "clear-tpm  way=lockout-empty why=always\n"
                "erase-unallocated  at 1422917632..4293918720 method=zero why=unallocated\n"
                "clean-esp  remove=0 why=always\n"
                "clean-variables  remove=0 why=always\n"
                "clean-table  why=always\n"
                "name-disk  why=always\n"
                "create-entry  definition \"10-config.conf\" \"config\" slot 4 \"config\" at 1422917632..1490026496 why=absent\n"
                "create-entry  definition \"20-state.conf\" \"state\" slot 5 \"state\" at 1490026496..4293918720 why=absent\n"
                "encrypt  definition \"10-config.conf\" \"config\" mode=tpm2 why=absent\n"
                "make-file-system  definition \"10-config.conf\" \"config\" format=ext4 why=absent\n"
                "copy-tree  definition \"10-config.conf\" \"config\" why=absent\n"
                "encrypt  definition \"20-state.conf\" \"state\" mode=tpm2 why=absent\n"
                "make-file-system  definition \"20-state.conf\" \"state\" format=ext4 why=absent\n"
                "copy-tree  definition \"20-state.conf\" \"state\" why=absent\n"
                "verify-tree  definition \"10-config.conf\" \"config\" why=absent\n"
                "verify-tree  definition \"20-state.conf\" \"state\" why=absent\n"
                "write-record  why=always\n"
                "retire-request  why=always\n"
                "left  at 0..1048576 why=boot-loader-area\n");
        inventory.tpm.disable_clear = true;
        (void)assert_refused_only(REFUSE_TPM_DISABLE_CLEAR);
        inventory.tpm.disable_clear = false;
        set_partition(CONFIG, "linux-generic", "extra", 1357, 64);
        inventory.partitions[CONFIG].attributes = GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, CONFIG, -1)->method, ERASE_METHOD_ZERO);
}

static void a_request_is_not_needed(void **state)
{
        struct plan with, without;

        inventory.built_before = true; /* else nobody's asking would make it a first boot that was interrupted */
        plan_build(&request, &policy, &inventory, &with);
        plan_build(NULL, &policy, &inventory, &without);
        assert_int_equal(without.refusal_count, 0);
        assert_true(is_same_plan(&with, &without));
}

static void a_full_table_can_be_erased(void **state)
{
        inventory.last_usable_bytes = MIB(20000);
        for (size_t p = PARTITIONS; p < INVENTORY_PARTITIONS_MAX; p++) {
                set_partition(p, "linux-generic", "x", 5000 + 2 * p, 1);
                inventory.partitions[p].attributes = GPT_ATTRIBUTE_ERASE;
        }
        assert_accepted();
        assert_true(find_step(&plan, STEP_DELETE_ENTRY, INVENTORY_PARTITIONS_MAX - 1, -1) >= 0);
}

static void a_full_table_in_which_nothing_is_marked_is_no_reason_for_a_reset(void **state)
{
        policy_init(&policy);
        inventory.last_usable_bytes = MIB(20000);
        for (size_t p = PARTITIONS; p < INVENTORY_PARTITIONS_MAX; p++)
                set_partition(p, "linux-generic", "x", 5000 + 2 * p, 1);
        (void)assert_refused_only(REFUSE_NO_DEFINITIONS);
        inventory.partitions[INVENTORY_PARTITIONS_MAX - 1].attributes = GPT_ATTRIBUTE_ERASE; /* the last one is enough */
        assert_accepted();
}

static void counts_beyond_the_arrays_are_cut(void **state)
{
        inventory.partition_count = SIZE_MAX;
        policy.partition_count = SIZE_MAX;
        plan_build(&request, &policy, &inventory, &plan);
        assert_int_equal(plan_find_partition(&policy, &inventory, SIZE_MAX - 1), -1);
        assert_true(plan.step_count <= PLAN_STEPS_MAX && plan.refusal_count <= PLAN_REFUSALS_MAX);
}

static void names_on_the_disk_cannot_forge_lines(void **state)
{
        strcpy(inventory.partitions[STATE].name, "x\"\nretire-request  why=always\n\xff");
        assert_non_null(
                strstr(build(), "erase  partition 5 \"x\\\"\\nretire-request  why=always\\n\\ufffd\" 0..2803892224 method="));
}

/* Labels full of control characters are the longest text; as many steps as there can be, and all of them on partitions. */
static void the_longest_text_fits(void **state)
{
        static char text[PLAN_TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));

        memset(&plan, 0, sizeof(plan));
        memset(inventory.partitions[STATE].name, 1, PARTITION_NAME_MAX - 1);
        memset(policy.partitions[STATE_DEFINITION].label, 1, PARTITION_NAME_MAX - 1);
        memset(policy.partitions[STATE_DEFINITION].file, 1, sizeof(policy.partitions[0].file) - 1);
        inventory.partitions[STATE].number = UINT32_MAX;
        for (plan.step_count = 0; plan.step_count < PLAN_STEPS_MAX; plan.step_count++)
                plan.steps[plan.step_count] = (struct plan_step){ .kind = STEP_CREATE_ENTRY,
                                                                  .partition = -1,
                                                                  .definition = STATE_DEFINITION,
                                                                  .start_bytes = UINT64_MAX / 2,
                                                                  .size_bytes = UINT64_MAX / 2,
                                                                  .why = WHY_MAY_HOLD_PLAIN };
        plan_format(&plan, &policy, &inventory, &writer);
        assert_false(writer.overflow);
        for (size_t i = 0; i < PLAN_STEPS_MAX; i++)
                plan.steps[i] = (struct plan_step){ .kind = STEP_ERASE,
                                                    .partition = STATE,
                                                    .definition = -1,
                                                    .method = ERASE_METHOD_DISCARD,
                                                    .size_bytes = UINT64_MAX,
                                                    .why = WHY_MAY_HOLD_PLAIN };
        writer = writer_over(text, sizeof(text));
        plan_format(&plan, &policy, &inventory, &writer);
        assert_false(writer.overflow);
}

static void everything_has_a_name_and_a_text(void **state)
{
        for (int i = 0; i <= REFUSE_COUNT; i++)
                assert_true(refusal_name((enum refusal)i)[0] && refusal_text((enum refusal)i)[0]);
        for (int i = 0; i <= STEP_COUNT; i++)
                assert_true(step_kind_name((enum step_kind)i)[0] && step_kind_text((enum step_kind)i)[0]);
        for (int i = 0; i <= WHY_COUNT; i++)
                assert_true(step_why_text((enum step_why)i)[0]);
        assert_string_equal(refusal_name(REFUSE_TPM_DISABLE_CLEAR), "tpm-disable-clear");
        assert_string_equal(step_kind_text(STEP_DESTROY_KEYS), "Destroying encryption keys");
        assert_string_equal(erase_method_name(ERASE_METHOD_ZERO), "zero");
}

/* Also of one that nobody has built here. */
static void what_a_plan_builds_is_told_from_its_steps_alone(void **state)
{
        policy.partitions[STATE_DEFINITION].integrity = INTEGRITY_INLINE;
        memset(&plan, 0, sizeof(plan));
        plan.steps[0] = (struct plan_step){ .kind = STEP_ENCRYPT, .definition = STATE_DEFINITION };
        plan.steps[1] = (struct plan_step){ .kind = STEP_VERIFY_TREE, .definition = CONFIG_DEFINITION };
        plan.steps[2] = (struct plan_step){ .kind = STEP_VERIFY_TREE, .definition = STATE_DEFINITION };
        assert_null(plan_builds_integrity(&plan, &policy));
        assert_false(plan_verifies(&plan, STATE_DEFINITION));
        plan.step_count = 1;
        assert_ptr_equal(plan_builds_integrity(&plan, &policy), &policy.partitions[STATE_DEFINITION]);
        assert_false(plan_verifies(&plan, CONFIG_DEFINITION));
        plan.step_count = 2;
        assert_true(plan_verifies(&plan, CONFIG_DEFINITION));
        assert_false(plan_verifies(&plan, STATE_DEFINITION)); /* it is encrypted, but not verified */
        plan.steps[0] = plan.steps[1];
        plan.step_count = 1;
        assert_true(plan_verifies(&plan, CONFIG_DEFINITION));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_reference_machine_is_reset_in_this_order, set_up_full),
                cmocka_unit_test_setup(hooks_run_behind_the_proof_in_reset_and_first_boot_where_the_image_says_so, set_up_full),
                cmocka_unit_test_setup(what_is_removed_beyond_partitions_is_part_of_the_plan, set_up_full),
                cmocka_unit_test_setup(a_reset_that_was_asked_for_clears_the_tpm_even_where_nothing_is_left, set_up_full),
                cmocka_unit_test_setup(a_request_is_not_needed, set_up_full),
                cmocka_unit_test_setup(a_full_table_can_be_erased, set_up_full),
                cmocka_unit_test_setup(a_full_table_in_which_nothing_is_marked_is_no_reason_for_a_reset, set_up_full),
                cmocka_unit_test_setup(counts_beyond_the_arrays_are_cut, set_up_full),
                cmocka_unit_test_setup(names_on_the_disk_cannot_forge_lines, set_up_full),
                cmocka_unit_test_setup(the_longest_text_fits, set_up_full),
                cmocka_unit_test_setup(everything_has_a_name_and_a_text, set_up_full),
                cmocka_unit_test_setup(what_a_plan_builds_is_told_from_its_steps_alone, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
