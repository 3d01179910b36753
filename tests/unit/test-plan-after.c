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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(behind_a_first_boot_nothing_is_missing, set_up),
                cmocka_unit_test_setup(a_reset_of_it_builds_the_same_again, set_up),
                cmocka_unit_test_setup(what_is_built_stands_where_its_place_is, set_up),
                cmocka_unit_test_setup(what_stays_has_the_size_that_it_grows_to, set_up),
                cmocka_unit_test_setup(a_uuid_of_the_definition_is_the_partitions_and_others_differ, set_up),
                cmocka_unit_test_setup(a_refused_plan_leaves_the_disk_as_it_is, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
