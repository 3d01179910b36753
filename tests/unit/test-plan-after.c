/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk that a plan leaves, as the next boot would find it: nothing is missing on it, a reset takes each partition for the
 * same definition's, and what stays stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/plan/plan-after.h"
#include "tests/unit/plan-fixture.h"

static struct inventory before, after;

static void play(void)
{
        assert_accepted();
        before = inventory;
        plan_after(&plan, &policy, &inventory, &after);
        inventory = after;
}

static void behind_a_first_boot_nothing_is_missing(void **state)
{
        make_first_boot();
        play();
        assert_int_equal(inventory.partition_count, PARTITIONS);
        assert_int_equal(plan_absent(&policy, &inventory), 0);
        assert_int_equal(inventory.partitions[CONFIG].content, CONTENT_LUKS);
        assert_string_equal(inventory.partitions[STATE].name, "state");
        assert_int_equal(inventory.partitions[STATE].number, STATE + 1);
        assert_int_equal(inventory.partitions[ROOT].role, ROLE_IMAGE);
        assert_true(inventory.built_before);
}

static void a_reset_of_it_builds_the_same_again(void **state)
{
        static struct inventory first;

        make_first_boot();
        play();
        first = inventory;
        asked = &request;
        play();
        assert_int_equal(find_step(&plan, STEP_ERASE, CONFIG, -1) >= 0, 1);
        assert_int_equal(inventory.partition_count, first.partition_count);
        for (size_t p = 0; p < inventory.partition_count; p++)
                assert_memory_equal(&inventory.partitions[p], &first.partitions[p], sizeof(first.partitions[p]));
}

/* By its place, whatever its slot and the order of the steps: every inventory is ordered so. */
static void what_is_built_stands_where_its_place_is(void **state)
{
        policy_init(&policy);
        define("10-data.conf", "[Partition]\nType=linux-generic\nFactoryReset=yes\nSizeMinBytes=64M\n");
        inventory.partition_count = CONFIG;
        set_partition(CONFIG, "linux-generic", "linux-generic", 2000, 64);
        inventory.partitions[CONFIG].number = 7;
        set_partition(STATE, "home", "kept", 3000, 64);
        play();
        assert_int_equal(inventory.partitions[CONFIG].number, 7);
        assert_int_equal(inventory.partitions[CONFIG].start_bytes, MIB(2000));
        assert_memory_equal(&inventory.partitions[STATE], &before.partitions[STATE], sizeof(before.partitions[STATE]));
        for (size_t p = 1; p < inventory.partition_count; p++)
                assert_true(inventory.partitions[p - 1].start_bytes < inventory.partitions[p].start_bytes);
}

static void what_is_built_may_stand_in_front_of_all(void **state)
{
        policy_init(&policy);
        define("10-data.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        inventory.partition_count = 0;
        set_partition(0, "esp", "esp", 65, 4030);
        inventory.partitions[0].role = ROLE_ESP;
        inventory.esp = inventory.partitions[0].uuid;
        play();
        assert_int_equal(inventory.partition_count, 2);
        assert_int_equal(inventory.partitions[0].start_bytes, MIB(1));
        assert_int_equal(inventory.partitions[1].role, ROLE_ESP);
}

static void what_stays_has_the_size_that_it_grows_to(void **state)
{
        policy_init(&policy);
        define("10-data.conf", "[Partition]\nType=linux-generic\nFactoryReset=yes\nSizeMinBytes=64M\n");
        define("20-home.conf", "[Partition]\nType=home\nSizeMaxBytes=128M\n");
        inventory.partition_count = CONFIG;
        set_partition(CONFIG, "linux-generic", "linux-generic", 2000, 64);
        set_partition(STATE, "home", "kept", 3000, 64);
        play();
        before.partitions[STATE].size_bytes = MIB(128);
        assert_memory_equal(&inventory.partitions[STATE], &before.partitions[STATE], sizeof(before.partitions[STATE]));
        play(); /* and then it is as large as it may be */
        assert_false(has_step(STEP_GROW_ENTRY));
}

static void a_uuid_of_the_definition_is_the_partitions_and_others_differ(void **state)
{
        policy_init(&policy);
        define("10-a.conf", "[Partition]\nType=home\nUUID=11223344-5566-7788-99aa-bbccddeeff00\nSizeMaxBytes=64M\n");
        define("20-b.conf", "[Partition]\nType=srv\nSizeMaxBytes=64M\n");
        define("30-c.conf", "[Partition]\nType=var\nSizeMaxBytes=64M\n");
        inventory.partition_count = CONFIG;
        play();
        assert_int_equal(inventory.partition_count, CONFIG + 3);
        int named = plan_find_partition(&policy, &inventory, 0);
        assert_memory_equal(&inventory.partitions[named].uuid, &policy.partitions[0].uuid, sizeof(struct guid));
        for (size_t p = 0; p < inventory.partition_count; p++)
                for (size_t q = 0; q < p; q++)
                        assert_false(guid_equal(&inventory.partitions[p].uuid, &inventory.partitions[q].uuid));
}

/* A plan that is refused has no steps, and leaves everything. */
static void a_refused_plan_leaves_the_disk_as_it_is(void **state)
{
        inventory.disk_read_only = true;
        (void)build();
        assert_true(plan.refusal_count > 0);
        plan_after(&plan, &policy, &inventory, &after);
        assert_int_equal(after.partition_count, inventory.partition_count);
        assert_memory_equal(after.partitions, inventory.partitions, sizeof(after.partitions[0]) * PARTITIONS);
}

/* What an attempt before this one had done, and what was to be cleaned, is over. */
static void what_was_known_of_this_reset_is_over_with_it(void **state)
{
        inventory.half_made = 1u << CONFIG_DEFINITION;
        inventory.unallocated_done = true;
        inventory.clean.esp_removals = inventory.clean.variable_removals = 3;
        inventory.clean.esp_digest[31] = 1;
        play();
        assert_int_equal(inventory.half_made, 0);
        assert_false(inventory.unallocated_done);
        assert_int_equal(inventory.clean.esp_removals + inventory.clean.variable_removals, 0);
        assert_int_equal(inventory.clean.esp_digest[31], 0);
}

/* An addition of what has nothing in it has one step, which is its first one. */
static void an_addition_is_there_as_well(void **state)
{
        define("30-slot.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        inventory.partitions[STATE].size_bytes -= MIB(64);
        inventory.built_before = inventory.has_known = true;
        plan_build_addition(&policy, &inventory, &plan);
        assert_int_equal(plan.steps[0].kind, STEP_CREATE_ENTRY);
        plan_after(&plan, &policy, &inventory, &after);
        assert_int_equal(after.partition_count, PARTITIONS + 1);
        assert_int_equal(after.partitions[PARTITIONS].start_bytes, MIB(4095 - 64));
}

/* Of a plan that was made before this one, and of a table that was read before. */
static void what_stands_behind_the_last_one_does_not_count(void **state)
{
        assert_accepted();
        plan.steps[plan.step_count] = (struct plan_step){ .kind = STEP_ERASE, .partition = ESP };
        plan_after(&plan, &policy, &inventory, &after);
        assert_int_equal(after.partition_count, PARTITIONS);
        plan.steps[plan.step_count].kind = STEP_CREATE_ENTRY;
        plan.steps[plan.step_count].definition = CONFIG_DEFINITION;
        inventory.partitions[PARTITIONS] = inventory.partitions[ESP];
        plan_after(&plan, &policy, &inventory, &after);
        assert_int_equal(after.partition_count, PARTITIONS);
}

/* No table has room for more; nor is it asked for what lies behind its end. */
static void there_are_no_more_than_there_can_be(void **state)
{
        assert_accepted();
        for (size_t p = 0; p < INVENTORY_PARTITIONS_MAX; p++)
                set_partition(p, "home", "home", 1, 1);
        inventory.partition_count = INVENTORY_PARTITIONS_MAX + 1;
        plan.steps[0] = *step_of(STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION);
        plan.step_count = 1;
        plan_after(&plan, &policy, &inventory, &after);
        assert_int_equal(after.partition_count, INVENTORY_PARTITIONS_MAX);
        for (size_t p = 0; p < INVENTORY_PARTITIONS_MAX; p++) /* of two at one place, the order stays */
                assert_int_equal(after.partitions[p].number, p + 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(behind_a_first_boot_nothing_is_missing, set_up),
                cmocka_unit_test_setup(a_reset_of_it_builds_the_same_again, set_up),
                cmocka_unit_test_setup(what_is_built_stands_where_its_place_is, set_up),
                cmocka_unit_test_setup(what_is_built_may_stand_in_front_of_all, set_up),
                cmocka_unit_test_setup(what_stays_has_the_size_that_it_grows_to, set_up),
                cmocka_unit_test_setup(a_uuid_of_the_definition_is_the_partitions_and_others_differ, set_up),
                cmocka_unit_test_setup(a_refused_plan_leaves_the_disk_as_it_is, set_up),
                cmocka_unit_test_setup(what_was_known_of_this_reset_is_over_with_it, set_up),
                cmocka_unit_test_setup(an_addition_is_there_as_well, set_up_full),
                cmocka_unit_test_setup(what_stands_behind_the_last_one_does_not_count, set_up),
                cmocka_unit_test_setup(there_are_no_more_than_there_can_be, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
