/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ordinary boot finds, and what it adds to a device that is in use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/plan/plan-guard.h"
#include "tests/unit/plan-fixture.h"

enum { DATA_DEFINITION = 2 };

/* An image of later on: it defines one more, for which the disk has room. */
static void bring_data(const char *more)
{
        char text[256];

        (void)snprintf(text, sizeof(text),
                       "[Partition]\nType=linux-generic\nLabel=data\nFormat=ext4\nMountPoint=/srv\n"
                       "SizeMinBytes=64M\nSizeMaxBytes=64M\n%s",
                       more);
        define("30-data.conf", text);
        inventory.partitions[STATE].size_bytes -= MIB(100);
        inventory.built_before = inventory.has_known = true;
        inventory.known = 1u << CONFIG_DEFINITION | 1u << STATE_DEFINITION;
}

static const char *build_addition(void)
{
        static char text[PLAN_TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        const char *broken;

        memset(&plan, 0xaa, sizeof(plan));
        plan_build_addition(&policy, &inventory, &plan);
        broken = plan_guard_addition(&plan, &policy, &inventory);
        if (broken)
                fail_msg("%s", broken);
        plan_format(&plan, &policy, &inventory, &writer);
        assert_false(writer.overflow);
        return text;
}

static void what_is_there_and_what_is_known_decide(void **state)
{
        static const struct {
                bool built, listed;
                uint32_t known;
                size_t partitions; /* of the disk, in order: config is the fourth, state the fifth */
                enum boot_start start;
        } cases[] = {
                { false, false, 0, CONFIG, START_FIRST_BOOT },
                { false, false, 0, STATE, START_ORDINARY }, /* an encrypted one is nobody's but a device's that was built */
                { false, false, 0, PARTITIONS, START_ORDINARY },
                { true, true, 3, CONFIG, START_LOST },
                { true, false, 0, CONFIG, START_LOST },
                { true, true, 3, STATE, START_ORDINARY },  /* lost, and to be missed */
                { true, true, 1, STATE, START_ADDITION },  /* never had */
                { true, false, 1, STATE, START_ORDINARY }, /* nobody knows */
                { true, true, 0, PARTITIONS, START_ORDINARY },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                inventory.built_before = cases[i].built;
                inventory.has_known = cases[i].listed;
                inventory.known = cases[i].known;
                inventory.partition_count = cases[i].partitions;
                assert_int_equal(plan_boot_start(&policy, &inventory), cases[i].start);
        }
}

/* One definition after the other decides, the first and the last one as well, and none that is not the image's any more. */
static void every_definition_counts_for_a_first_boot(void **state)
{
        for (size_t d = CONFIG_DEFINITION; d <= STATE_DEFINITION; d++) {
                const size_t other = CONFIG_DEFINITION + STATE_DEFINITION - d;

                (void)set_up_full(state);
                policy.partitions[other].encrypt = ENCRYPT_OFF;
                inventory.partitions[d == CONFIG_DEFINITION ? STATE : CONFIG].type.bytes[0] ^= 1; /* the other's is absent */
                assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY); /* this one is encrypted, and there */
                policy.partitions[d].encrypt = ENCRYPT_OFF;
                assert_int_equal(plan_boot_start(&policy, &inventory), START_FIRST_BOOT);
                policy.partitions[other].priority = 1;
                assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
                policy.partitions[d].priority = -1; /* it is there, so that it is not missed */
                assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
                inventory.partition_count = CONFIG; /* bare: a first boot, whatever may be left out */
                policy.partitions[d].priority = 1;
                assert_int_equal(plan_boot_start(&policy, &inventory), START_FIRST_BOOT);
        }
        (void)set_up_full(state);
        policy.partitions[CONFIG_DEFINITION].encrypt = policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_OFF;
        policy.partition_count = 1; /* of what was read earlier nothing counts */
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
        inventory.partition_count = STATE;
        policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_TPM2;
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
        policy.partition_count = 0;
        assert_false(plan_finds_nothing(&policy, &inventory));
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
}

static void definitions_without_a_file_system_make_a_first_boot_as_well(void **state)
{
        policy_init(&policy);
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
        define("30-slot.conf", "[Partition]\nType=linux-generic\nLabel=slot\nSizeMinBytes=16M\n");
        inventory.partitions[STATE].size_bytes -= MIB(100);
        assert_false(plan_finds_nothing(&policy, &inventory)); /* nothing that would be lost */
        assert_int_equal(plan_boot_start(&policy, &inventory), START_FIRST_BOOT);
        asked = NULL;
        assert_accepted();
        assert_true(plan.first_boot);
        assert_true(find_step(&plan, STEP_CREATE_ENTRY, -1, 0) >= 0);
        assert_false(has_step(STEP_MAKE_FILE_SYSTEM));
        policy.partitions[0].priority = 1; /* left out for lack of room, it would make each boot a first one */
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
}

/* Provisioned on the line: a first boot builds the rest, and touches nothing of it, whatever marks it. */
static void what_a_first_boot_finds_stays(void **state)
{
        policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_OFF;
        set_partition(CONFIG, "var", "state", 1421, 2574); /* the definition's, by its type */
        inventory.partitions[CONFIG].attributes = GPT_ATTRIBUTE_ERASE;
        inventory.partition_count = STATE;
        assert_int_equal(plan_boot_start(&policy, &inventory), START_FIRST_BOOT);
        asked = NULL;
        settings("[Reset]\nlook-alikes=refuse\n");
        inventory.partitions[CONFIG].size_bytes -= MIB(1);
        set_partition(STATE, "var", "state", 3994, 1); /* nor does it refuse what a reset would not tell from it */
        assert_accepted();
        assert_true(plan.first_boot);
        assert_false(has_step(STEP_ERASE) || has_step(STEP_DESTROY_KEYS) || has_step(STEP_DELETE_ENTRY));
        assert_int_equal(plan.fates[CONFIG], FATE_KEPT);
        inventory.partition_count = STATE;
        assert_true(find_step(&plan, STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION) >= 0);
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, STATE_DEFINITION), -1);
        asked = &request; /* the control: a reset obeys the marks */
        assert_accepted();
        assert_true(erases(CONFIG));
}

/* Interrupted, it erases what it has made itself; where nobody knows what that is, what a reset would. */
static void an_interrupted_first_boot_tells_its_own_from_what_it_found(void **state)
{
        asked = NULL;
        inventory.half_made = 1u << CONFIG_DEFINITION;
        assert_accepted();
        assert_true(plan.begun_as_first_boot && !plan.first_boot);
        assert_true(erases(CONFIG));
        assert_false(erases(STATE));
        assert_int_equal(step_of(STEP_ERASE, CONFIG, -1)->why, WHY_HALF_MADE);
        inventory.half_made = 0;
        inventory.half_made_unknown = true;
        assert_accepted();
        assert_true(erases(CONFIG) && erases(STATE));
}

static void an_addition_writes_the_table_last_and_destroys_nothing(void **state)
{
        bring_data("Encrypt=tpm2\n");
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ADDITION);
        assert_string_equal(build_addition(),
                            "plan  disk 00000000-0000-0000-0000-000000000000 tpm-clear=skip first-boot=no\n"
                            "encrypt  definition \"30-data.conf\" \"data\" mode=tpm2 why=absent\n"
                            "make-file-system  definition \"30-data.conf\" \"data\" format=ext4 why=absent\n"
                            "copy-tree  definition \"30-data.conf\" \"data\" why=absent\n"
                            "verify-tree  definition \"30-data.conf\" \"data\" why=absent\n"
                            "create-entry  definition \"30-data.conf\" \"data\" slot 6 \"data\" at 4189061120..4256169984 "
                            "why=absent\n");
        for (size_t p = 0; p < PARTITIONS; p++)
                assert_int_not_equal(plan.fates[p], FATE_ERASED);
}

/* What somebody else has laid out begins on no multiple of 4 KiB, and reaches to the end of the disk. */
static void an_addition_leaves_what_is_not_aligned_as_it_is(void **state)
{
        bring_data("");
        inventory.partitions[STATE].start_bytes += MIB(100) + 512;
        inventory.partitions[STATE].size_bytes -= 512;
        (void)build_addition();
        assert_int_equal(plan.refusal_count, 0);
        assert_true(step_of(STEP_CREATE_ENTRY, -1, DATA_DEFINITION)->start_bytes < inventory.partitions[STATE].start_bytes);
        assert_int_equal(find_step(&plan, STEP_GROW_ENTRY, -1, -1), -1);
}

static void what_was_lost_is_not_added(void **state)
{
        bring_data("");
        inventory.known |= 1u << DATA_DEFINITION;
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
        (void)build_addition();
        assert_int_equal(plan.step_count, 0);
        assert_int_equal(plan.refusal_count, 0);
}

/* Room is a reason that is told; with Priority= it is none. */
static void without_room_nothing_is_added(void **state)
{
        bring_data("");
        inventory.partitions[STATE].size_bytes += MIB(100);
        (void)build_addition();
        assert_int_equal(plan.refusal_count, 1);
        assert_int_equal(plan.refusals[0], REFUSE_NO_SPACE);
        assert_int_equal(plan.step_count, 0);
        policy.partitions[DATA_DEFINITION].priority = 1;
        (void)build_addition();
        assert_int_equal(plan.refusal_count, 0);
        assert_int_equal(plan.step_count, 0);
}

/* What forbids resets alone forbids no addition: no TPM is cleared, and nobody's partition is in the way. */
static void an_unwilling_machine_is_added_to(void **state)
{
        bring_data("");
        settings("[Reset]\nundeclared-partitions=refuse\nlook-alikes=refuse\nerase-level=purge\n[Disk]\nid=serial:nobody\n");
        inventory.tpm.disable_clear = inventory.tpm.lockout_auth_set = true;
        inventory.partitions[STATE].size_bytes -= MIB(1);
        set_partition(PARTITIONS, "var", "state", 3994, 1); /* undeclared, and a look-alike */
        (void)build_addition();
        assert_int_equal(plan.refusal_count, 0);
        assert_int_equal(plan.fates[PARTITIONS], FATE_UNDECLARED);
        assert_int_equal(plan.disks.count, 0);
        assert_int_equal(plan.disks.refused_definition, -1); /* nobody has asked about additional disks */
        assert_int_equal(plan.disks.refused_disk, -1);
        assert_true(has_step(STEP_CREATE_ENTRY));
        assert_false(has_step(STEP_CLEAR_TPM));
}

static void assert_stopped(const char *rule)
{
        const char *broken = plan.is_addition ? plan_guard_addition(&plan, &policy, &inventory)
                                              : plan_guard(&plan, asked, &policy, &inventory);

        assert_non_null(broken);
        assert_string_equal(broken, rule);
}

static void the_guard_knows_a_broken_addition(void **state)
{
        struct plan good;

        bring_data("Encrypt=tpm2\n");
        (void)build_addition();
        good = plan;
        const size_t last = plan.step_count - 1;

        plan.steps[0] = good.steps[last];
        plan.steps[last] = good.steps[0];
        assert_stopped("the table has an entry for what is not complete");
        plan = good;
        plan.steps[0] = (struct plan_step){ .kind = STEP_ERASE, .partition = STATE, .definition = STATE_DEFINITION };
        assert_stopped("an addition destroys or records something");
        plan = good;
        plan.steps[0].definition = -1;
        assert_stopped("a step has no definition");
        plan = good;
        plan.steps[last].start_bytes = inventory.partitions[STATE].start_bytes;
        assert_stopped("a new partition overlaps an old one");
        plan = good;
        plan.entries[DATA_DEFINITION].number = 5; /* the state's */
        assert_stopped("a new partition takes the slot of another one");
        plan = good;
        plan.refusal_count = 1;
        assert_stopped("a refused plan has steps");
        plan = good;
        plan.fates[STATE] = FATE_ERASED;
        assert_stopped("an addition takes something for erased");
        plan = good;
        inventory.known |= 1u << DATA_DEFINITION;
        assert_stopped("what was lost is built as if it were new");
        inventory.known = 0;
        inventory.has_known = false;
        assert_stopped("a device of which nothing is known is added to");
        inventory.has_known = true;
        set_partition(PARTITIONS, "linux-generic", "data", 4000, 64); /* it has come since */
        assert_stopped("what is there is built once more");
        inventory.partition_count = PARTITIONS;
        assert_null(plan_guard_addition(&plan, &policy, &inventory)); /* the control */
}

static void the_guard_looks_at_all_of_an_addition_and_at_no_more(void **state)
{
        static struct plan good;
        const struct guid esp = inventory.partitions[ESP].type;

        bring_data("Encrypt=tpm2\n");
        (void)build_addition();
        good = plan;
        const size_t last = plan.step_count - 1;

        plan.steps[last] = good.steps[last - 1];
        plan.steps[last - 1] = good.steps[last]; /* one step too early */
        assert_stopped("the table has an entry for what is not complete");
        plan = good;
        plan.steps[plan.step_count++] = good.steps[last];
        plan.steps[last + 1].definition = (int)policy.partition_count;
        plan.steps[last + 1].size_bytes = 0;
        assert_stopped("a step has no definition");
        plan = good;
        plan.fates[ESP] = FATE_ERASED;
        assert_stopped("an addition takes something for erased");
        plan = good;
        inventory.partitions[ESP].type = policy.partitions[DATA_DEFINITION].type;
        assert_stopped("what is there is built once more");
        inventory.partitions[ESP].type = esp;
        inventory.built_before = false;
        assert_stopped("a device of which nothing is known is added to");
        inventory.built_before = true;
        plan.is_addition = false;
        assert_string_equal(plan_guard_addition(&plan, &policy, &inventory), "a device of which nothing is known is added to");
        plan = good;

        plan.steps[last + 1] = (struct plan_step){ .kind = STEP_ERASE, .partition = STATE, .definition = STATE_DEFINITION };
        plan.fates[inventory.partition_count] = FATE_ERASED;
        inventory.partitions[PARTITIONS].type = policy.partitions[DATA_DEFINITION].type;
        inventory.known = ~(1u << DATA_DEFINITION);
        assert_null(plan_guard_addition(&plan, &policy, &inventory));
}

static void the_guard_counts_what_an_addition_has(void **state)
{
        bring_data("Encrypt=tpm2\n");
        (void)build_addition();
        while (plan.step_count < PLAN_STEPS_MAX) {
                memmove(&plan.steps[1], &plan.steps[0], plan.step_count * sizeof(plan.steps[0]));
                plan.step_count++;
        }
        assert_stopped("a step is done twice"); /* but there are not too many of them */
        plan.step_count++;
        assert_stopped("a count leaves its array");
        plan.step_count = 0;
        plan.refusal_count = PLAN_REFUSALS_MAX;
        assert_null(plan_guard_addition(&plan, &policy, &inventory));
        plan.refusal_count++;
        assert_stopped("a count leaves its array");
}

static void the_guard_knows_what_a_first_boot_may_erase(void **state)
{
        asked = NULL;
        inventory.half_made = 1u << CONFIG_DEFINITION;
        assert_accepted();
        inventory.half_made = 1u << STATE_DEFINITION;
        assert_stopped("a first boot erases what it has found");
        inventory.half_made = 1u << CONFIG_DEFINITION | 1u << STATE_DEFINITION;
        assert_stopped("what was begun before the interruption is kept");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_is_there_and_what_is_known_decide, set_up_full),
                cmocka_unit_test_setup(every_definition_counts_for_a_first_boot, set_up_full),
                cmocka_unit_test_setup(definitions_without_a_file_system_make_a_first_boot_as_well, set_up_full),
                cmocka_unit_test_setup(what_a_first_boot_finds_stays, set_up_full),
                cmocka_unit_test_setup(an_interrupted_first_boot_tells_its_own_from_what_it_found, set_up_full),
                cmocka_unit_test_setup(an_addition_writes_the_table_last_and_destroys_nothing, set_up_full),
                cmocka_unit_test_setup(an_addition_leaves_what_is_not_aligned_as_it_is, set_up_full),
                cmocka_unit_test_setup(what_was_lost_is_not_added, set_up_full),
                cmocka_unit_test_setup(without_room_nothing_is_added, set_up_full),
                cmocka_unit_test_setup(an_unwilling_machine_is_added_to, set_up_full),
                cmocka_unit_test_setup(the_guard_knows_a_broken_addition, set_up_full),
                cmocka_unit_test_setup(the_guard_looks_at_all_of_an_addition_and_at_no_more, set_up_full),
                cmocka_unit_test_setup(the_guard_counts_what_an_addition_has, set_up_full),
                cmocka_unit_test_setup(the_guard_knows_what_a_first_boot_may_erase, set_up_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
