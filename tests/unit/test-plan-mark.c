/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which partitions a reset erases: what image and table mark, look-alikes, what was half made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

static void a_marked_partition_is_rebuilt_when_another_is_missing(void **state)
{
        inventory.partition_count = STATE; /* as after a power cut behind the first table entry */
        (void)build();
        assert_int_equal(plan.refusal_count, 0);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION)->why, WHY_REBUILD);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->why, WHY_ABSENT);
        assert_true(has_step(STEP_CLEAR_TPM));
}

static void what_is_not_marked_is_left_alone(void **state)
{
        policy.partitions[CONFIG_DEFINITION].factory_reset = false;
        policy.partitions[CONFIG_DEFINITION].encrypt = ENCRYPT_OFF;
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_DESTROY_KEYS, CONFIG, -1), -1);
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION), -1);
        assert_int_equal(find_step(&plan, STEP_VERIFY_TREE, -1, CONFIG_DEFINITION), -1);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->start_bytes, MIB(1421));
}

static void the_disk_can_mark_further_partitions_but_not_unmark(void **state)
{
        set_partition(STATE, "var", "state", 1421, 1000);
        set_partition(PARTITIONS, "linux-generic", "extra", 2421, 100);
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
        inventory.partitions[PARTITIONS].attributes = GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        assert_int_equal(step_of(STEP_DESTROY_KEYS, PARTITIONS, -1)->why, WHY_GPT_ATTRIBUTE);
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS, -1)->method, ERASE_METHOD_ZERO);
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS, -1)->why, WHY_MAY_HOLD_PLAIN);
        assert_int_equal(step_of(STEP_DELETE_ENTRY, PARTITIONS, -1)->why, WHY_GPT_ATTRIBUTE);
        inventory.partitions[PARTITIONS].attributes = ~GPT_ATTRIBUTE_ERASE;
        inventory.partitions[STATE].attributes = ~GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->definition, STATE_DEFINITION);
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
}

/* Whoever can write the table could put an empty partition of the same name in front of the one that holds the data. */
static void a_look_alike_does_not_hide_the_real_partition(void **state)
{
        set_partition(STATE, "var", "state", 1421, 10);
        inventory.partitions[STATE].content = CONTENT_BLANK;
        set_partition(PARTITIONS, "var", "state", 1431, 1000);
        inventory.partitions[PARTITIONS].content = CONTENT_LUKS;
        set_partition(PARTITIONS + 1, "var", "state", 2431, 10);
        assert_accepted();
        assert_int_equal(step_of(STEP_ERASE, STATE, -1)->definition, STATE_DEFINITION);
        for (int p = PARTITIONS; p <= PARTITIONS + 1; p++) {
                assert_int_equal(step_of(STEP_DESTROY_KEYS, p, -1)->why, WHY_LOOKALIKE);
                assert_int_equal(step_of(STEP_DELETE_ENTRY, p, -1)->why, WHY_LOOKALIKE);
                assert_int_equal(step_of(STEP_ERASE, p, -1)->definition, -1);
        }
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS, -1)->method, ERASE_METHOD_ZERO); /* whatever its first bytes are */
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS, -1)->why, WHY_MAY_HOLD_PLAIN);
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS + 1, -1)->method, ERASE_METHOD_ZERO);
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS + 1, -1)->why, WHY_MAY_HOLD_PLAIN);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->size_bytes, MIB(2674));
        assert_non_null(strstr(build(), "destroy-keys  partition 6 \"state\" 0..142606336 why=look-alike\n"));
}

static void only_type_and_label_together_make_a_lookalike(void **state)
{
        static const struct {
                const char *type, *name;
                bool erased;
        } cases[] = {
                { "var", "state", true },   { "var", "State", false },    { "var", "", false },
                { "home", "state", false }, { "config", "state", false }, { "config", "config", true },
        };

        set_partition(STATE, "var", "state", 1421, 1000);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                set_partition(PARTITIONS, cases[i].type, cases[i].name, 2421, 100);
                assert_accepted();
                assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1) >= 0, cases[i].erased);
        }
        policy.partitions[CONFIG_DEFINITION].factory_reset = false;
        policy.partitions[CONFIG_DEFINITION].encrypt = ENCRYPT_OFF;
        assert_accepted(); /* the last case again: there is nothing to hide any more */
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
}

/* By its slot it is another definition's, which does not mark it: its label is not asked. */
static void what_a_definition_keeps_is_no_lookalike(void **state)
{
        enum { KEPT_DEFINITION = 2 };

        define("30-kept.conf", "[Partition]\nType=var\nLabel=kept\nFormat=ext4\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        set_partition(STATE, "var", "state", 1421, 10);
        set_partition(PARTITIONS, "var", "state", 1431, 1000);
        assert_int_equal(plan_find_partition(&policy, &inventory, KEPT_DEFINITION), PARTITIONS);
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, KEPT_DEFINITION), -1);
        set_partition(PARTITIONS + 1, "var", "state", 2431, 10); /* nobody's */
        assert_accepted();
        assert_int_equal(step_of(STEP_DELETE_ENTRY, PARTITIONS + 1, -1)->why, WHY_LOOKALIKE);
}

static void look_alikes_are_the_policys_to_judge(void **state)
{
        set_partition(STATE, "var", "state", 1421, 10);
        set_partition(PARTITIONS, "var", "state", 1431, 1000);
        settings("[Reset]\nlook-alikes=leave\n");
        assert_accepted();
        assert_int_equal(plan.fates[PARTITIONS], FATE_UNDECLARED);
        settings("[Reset]\nlook-alikes=refuse\n");
        (void)assert_refused_only(REFUSE_LOOKALIKE);
        inventory.partition_count = PARTITIONS;
        assert_accepted();
        settings("[Reset]\nlook-alikes=erase\n");
        set_partition(PARTITIONS, "var", "state", 1431, 1000);
        assert_accepted();
        assert_int_equal(plan.fates[PARTITIONS], FATE_ERASED);
}

static void a_partition_of_the_same_name_that_is_to_be_kept_is_no_lookalike(void **state)
{
        define("30-kept.conf", "[Partition]\nType=var\nLabel=state\nFormat=ext4\n");
        set_partition(STATE, "var", "state", 1421, 1000);
        set_partition(PARTITIONS, "var", "state", 2421, 100);
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_ERASE, PARTITIONS, -1), -1);
        (void)step_of(STEP_ERASE, STATE, -1);

        policy.partitions[CONFIG_DEFINITION] = policy.partitions[2]; /* the definition that keeps may be the first one */
        policy.partition_count = 2;
        assert_accepted();
        assert_int_equal(plan.fates[STATE], FATE_KEPT);
        assert_int_equal(plan.fates[PARTITIONS], FATE_ERASED);
}

static void neither_disk_nor_image_can_mark_the_esp_or_the_image(void **state)
{
        define("00-esp.conf", "[Partition]\nType=esp\nFactoryReset=yes\n");
        define("05-root.conf", "[Partition]\nType=root\nFormat=ext4\nFactoryReset=yes\n");
        for (size_t p = ESP; p <= VERITY; p++)
                inventory.partitions[p].attributes = UINT64_MAX;
        (void)assert_refused_only(REFUSE_MARKED_NOT_ERASED);
        policy.partition_count = 2;
        assert_accepted();
        for (int p = ESP; p <= VERITY; p++)
                assert_int_equal(find_step(&plan, STEP_DESTROY_KEYS, p, -1), -1);
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, 2), -1);
}

static void partitions_are_matched_by_type_in_the_order_of_slots(void **state)
{
        policy_init(&policy);
        define("1.conf", "[Partition]\nType=home\n");
        define("2.conf", "[Partition]\nType=home\nLabel=b\n");
        define("3.conf", "[Partition]\nType=home\nLabel=c\n");
        inventory.partition_count = 0;
        set_partition(0, "var", "b", 1, 1);
        set_partition(1, "home", "b", 2, 1);
        set_partition(2, "home", "x", 3, 1);
        inventory.partitions[1].number = 9; /* by place the first, by slot the second */
        assert_int_equal(plan_find_partition(&policy, &inventory, 0), 2);
        assert_int_equal(plan_find_partition(&policy, &inventory, 1), 1);
        assert_int_equal(plan_find_partition(&policy, &inventory, 2), -1);
        assert_int_equal(plan_find_partition(&policy, &inventory, 3), -1);
        set_partition(3, "home", "y", 4, 1);
        inventory.partitions[3].number = 10;
        assert_int_equal(plan_find_partition(&policy, &inventory, 2), 3);
        inventory.partitions[3].number = 1;
        inventory.partitions[0].number = 2;
        assert_int_equal(plan_find_partition(&policy, &inventory, 0), 3);
        assert_int_equal(plan_find_partition(&policy, &inventory, 1), 2);
        assert_int_equal(plan_find_partition(&policy, &inventory, 2), 1);
}

/* What it had begun to build and would have kept: half-made, it would be neither mounted nor ever built again. */
static void a_kept_partition_that_this_reset_has_begun_is_built_anew(void **state)
{
        define("30-home.conf", "[Partition]\nType=home\nLabel=home\nFormat=ext4\nSizeMinBytes=8M\n");
        inventory.partitions[STATE].size_bytes -= MIB(16);
        set_partition(PARTITIONS, "home", "home", 4079, 16);
        for (int half_made = 0; half_made < 2; half_made++) {
                inventory.half_made = half_made ? 1u << 2 : 0;
                assert_accepted();
                assert_int_equal(erases(PARTITIONS), half_made);
                assert_int_equal(plan.fates[PARTITIONS], half_made ? FATE_ERASED : FATE_KEPT);
                assert_int_equal(plan_verifies(&plan, 2), half_made);
        }
        assert_int_equal(step_of(STEP_ERASE, PARTITIONS, -1)->partition, PARTITIONS);
        assert_int_equal(step_of(STEP_DESTROY_KEYS, PARTITIONS, -1)->why, WHY_HALF_MADE);
}

/* Of another image's definitions the same bits would mean other partitions. */
static void what_was_absent_is_of_these_definitions(void **state)
{
        uint32_t check = plan_absent_check(&policy);

        assert_int_equal(plan_absent(&policy, &inventory), 0);
        set_partition(STATE, "linux-generic", "state", 1421, 2674);
        assert_int_equal(plan_absent(&policy, &inventory), 1u << STATE_DEFINITION);
        assert_int_equal(plan_absent_check(&policy), check);
        policy.partitions[CONFIG_DEFINITION].label[0] = 'C';
        assert_int_not_equal(plan_absent_check(&policy), check);
        policy.partitions[CONFIG_DEFINITION].label[0] = 'c';
        define("30-home.conf", "[Partition]\nType=home\nFormat=ext4\n");
        assert_int_not_equal(plan_absent_check(&policy), check);
}

/* Entries stand in the table in any order: the first one may be what is erased, or kept, or all that there is. */
static void a_table_may_begin_with_what_is_erased(void **state)
{
        policy.partition_count = 1; /* config alone */
        set_partition(0, "config", "config", 1357, 64);
        set_partition(1, "esp", "esp", 1, 256);
        inventory.partitions[1].role = ROLE_ESP;
        inventory.esp = inventory.partitions[1].uuid;
        inventory.partition_count = 2;
        assert_int_equal(plan_find_partition(&policy, &inventory, 0), 0);
        assert_int_equal(plan_find_partition(&policy, &inventory, 1), -1);
        assert_int_equal(plan_absent(&policy, &inventory), 0);
        assert_false(plan_finds_nothing(&policy, &inventory));
        assert_accepted();
        assert_int_equal(plan.fates[0], FATE_ERASED);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, 0)->why, WHY_REBUILD);
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, 0)->partition, -1);
        assert_int_equal(step_of(STEP_COMMIT_PROGRESS, -1, -1)->partition, -1);
        define("30-home.conf", "[Partition]\nType=home\nLabel=home\nFormat=ext4\nSizeMinBytes=8M\n");
        inventory.partition_count = 1;
        assert_int_equal(plan_absent(&policy, &inventory), 1u << 1);
        assert_false(plan_finds_nothing(&policy, &inventory));
        policy.partitions[0].factory_reset = false;
        policy.partitions[0].encrypt = ENCRYPT_OFF;
        inventory.partition_count = 2;
        settings("[Reset]\nundeclared-partitions=erase\n");
        assert_accepted();
        assert_int_equal(plan.fates[0], FATE_KEPT); /* it is declared */
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, 0), -1);
        inventory.half_made = 1u << 0;
        assert_accepted();
        assert_int_equal(step_of(STEP_DESTROY_KEYS, 0, -1)->why, WHY_HALF_MADE);
}

/* It is kept in a variable: type and label with its NUL, one definition behind the other, and the first four bytes of their sum.
 */
static void the_check_of_the_definitions_is_a_format(void **state)
{
        struct bytes chunks[2 * POLICY_PARTITIONS_MAX];
        uint8_t digest[SHA256_SIZE];

        policy.partition_count = POLICY_PARTITIONS_MAX;
        for (size_t d = 0; d < POLICY_PARTITIONS_MAX; d++) {
                struct partition_definition *definition = &policy.partitions[d];
                definition->type.bytes[0] = (uint8_t)d;
                (void)strcpy(definition->label, d % 2 ? "odd" : "");
                chunks[2 * d] = (struct bytes){ definition->type.bytes, 16 };
                chunks[2 * d + 1] = (struct bytes){ (const uint8_t *)definition->label, strlen(definition->label) + 1 };
        }
        sha256_of_chunks(chunks, ARRAY_SIZE(chunks), digest);
        assert_int_equal(plan_absent_check(&policy), load_le32(digest));
        policy.partition_count += 3; /* which nobody should say */
        assert_int_equal(plan_absent_check(&policy), load_le32(digest));
}

static void a_definition_takes_one_partition(void **state)
{
        policy.partition_count = 1;
        set_partition(0, "config", "config", 1357, 64);
        set_partition(1, "config", "another", 1, 64);
        inventory.partition_count = 2;
        assert_int_equal(plan_find_partition(&policy, &inventory, 0), 0);
        inventory.partition_count = 0;
        assert_int_equal(plan_absent(&policy, &inventory), 1u << 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_marked_partition_is_rebuilt_when_another_is_missing, set_up_full),
                cmocka_unit_test_setup(what_is_not_marked_is_left_alone, set_up_full),
                cmocka_unit_test_setup(the_disk_can_mark_further_partitions_but_not_unmark, set_up_full),
                cmocka_unit_test_setup(a_look_alike_does_not_hide_the_real_partition, set_up_full),
                cmocka_unit_test_setup(only_type_and_label_together_make_a_lookalike, set_up_full),
                cmocka_unit_test_setup(what_a_definition_keeps_is_no_lookalike, set_up_full),
                cmocka_unit_test_setup(look_alikes_are_the_policys_to_judge, set_up_full),
                cmocka_unit_test_setup(a_partition_of_the_same_name_that_is_to_be_kept_is_no_lookalike, set_up_full),
                cmocka_unit_test_setup(neither_disk_nor_image_can_mark_the_esp_or_the_image, set_up_full),
                cmocka_unit_test_setup(partitions_are_matched_by_type_in_the_order_of_slots, set_up_full),
                cmocka_unit_test_setup(a_kept_partition_that_this_reset_has_begun_is_built_anew, set_up),
                cmocka_unit_test_setup(what_was_absent_is_of_these_definitions, set_up),
                cmocka_unit_test_setup(a_table_may_begin_with_what_is_erased, set_up_full),
                cmocka_unit_test_setup(the_check_of_the_definitions_is_a_format, set_up),
                cmocka_unit_test_setup(a_definition_takes_one_partition, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
