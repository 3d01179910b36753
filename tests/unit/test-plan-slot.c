/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which slot and which name a new partition gets, and that the next reset takes each partition for the same definition's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "tests/unit/plan-fixture.h"

static const struct plan_entry *entry(size_t definition)
{
        return &plan.entries[definition];
}

static void only_generic(void)
{
        policy_init(&policy);
        inventory.partition_count = CONFIG;
}

/* What was free in front of it is not taken: systemd-repart would, and its next reset would erase the one that was kept. */
static void what_is_built_anew_takes_the_slot_that_it_had(void **state)
{
        only_generic();
        define("10-data.conf", "[Partition]\nType=linux-generic\nFactoryReset=yes\nSizeMinBytes=64M\n");
        define("20-vendor.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        set_partition(CONFIG, "linux-generic", "linux-generic", 2000, 64);
        set_partition(STATE, "linux-generic", "linux-generic", 1357, 64);
        inventory.partitions[CONFIG].number = 7; /* behind the other one by its slot, in front of it by its place */
        assert_accepted();
        assert_int_equal(plan.fates[STATE], FATE_ERASED);
        assert_int_equal(plan.fates[CONFIG], FATE_KEPT);
        assert_int_equal(entry(0)->number, STATE + 1);
        assert_int_equal(entry(1)->number, 0); /* stays */
        inventory.partitions[CONFIG].number = 1 + CONFIG;
        assert_accepted();
        assert_int_equal(plan.fates[CONFIG], FATE_ERASED);
        assert_int_equal(entry(0)->number, 1 + CONFIG);
}

static void what_is_new_comes_behind_all_of_its_type(void **state)
{
        only_generic();
        define("10-a.conf", "[Partition]\nType=linux-generic\nFactoryReset=yes\nSizeMinBytes=64M\n");
        define("20-b.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        define("30-home.conf", "[Partition]\nType=home\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        set_partition(CONFIG, "linux-generic", "x", 1357, 64);
        inventory.partitions[CONFIG].number = 9;
        assert_accepted();
        assert_int_equal(entry(0)->number, 9);
        assert_int_equal(entry(1)->number, 10);
        assert_int_equal(entry(2)->number, CONFIG + 1); /* the first one that is free */
}

/* Of one type the first definition gets the lowest slot, wherever the smallest place was found for it. */
static void slots_of_one_type_follow_the_definitions(void **state)
{
        only_generic();
        define("10-a.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=800M\nSizeMaxBytes=800M\n");
        define("20-b.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=8M\nSizeMaxBytes=8M\n");
        define("30-c.conf", "[Partition]\nType=home\nFormat=ext4\n");
        set_partition(CONFIG, "swap", "swap", 1400, 64); /* leaves 43 MiB in front of it */
        assert_accepted();
        assert_true(step_of(STEP_CREATE_ENTRY, -1, 1)->start_bytes < step_of(STEP_CREATE_ENTRY, -1, 0)->start_bytes);
        assert_true(entry(0)->number < entry(1)->number);
}

static void later_ones_of_a_name_get_a_number(void **state)
{
        only_generic();
        define("10.conf", "[Partition]\nType=linux-generic\nSizeMaxBytes=16M\n");
        define("20.conf", "[Partition]\nType=linux-generic\nSizeMaxBytes=16M\n");
        define("30.conf", "[Partition]\nType=linux-generic\nLabel=linux-generic-3\nSizeMaxBytes=16M\n");
        define("40.conf", "[Partition]\nType=linux-generic\nSizeMaxBytes=16M\n");
        define("50.conf", "[Partition]\nType=11111111-2222-3333-4444-555555555555\nSizeMaxBytes=16M\n");
        define("60.conf", "[Partition]\nType=home\nFormat=ext4\n");
        asked = NULL;
        assert_accepted();
        assert_string_equal(entry(0)->name, "linux-generic");
        assert_string_equal(entry(1)->name, "linux-generic-2");
        assert_string_equal(entry(2)->name, "linux-generic-3");
        assert_string_equal(entry(3)->name, "linux-generic-4");
        assert_string_equal(entry(4)->name, "linux");
        set_partition(CONFIG, "linux-generic", "mine", 1357, 16); /* the first one is there, and is called otherwise */
        asked = &request;
        policy.partitions[5].factory_reset = true;
        assert_accepted();
        assert_int_equal(entry(0)->number, 0);
        assert_string_equal(entry(1)->name, "linux-generic");
        assert_string_equal(entry(3)->name, "linux-generic-2");
        assert_string_equal(policy.partitions[3].label, "linux-generic-4"); /* whose keys are derived from it */
}

static void what_is_left_out_leaves_no_gap_behind_it(void **state)
{
        only_generic();
        define("10-home.conf", "[Partition]\nType=home\nFormat=ext4\nSizeMinBytes=1G\n");
        define("20-swap.conf", "[Partition]\nType=swap\nSizeMinBytes=20G\nPriority=1\n");
        asked = NULL;
        assert_accepted();
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, 1), -1);
        assert_int_equal(entry(1)->number, 0);
        define("30-swap.conf", "[Partition]\nType=swap\nSizeMinBytes=8M\n"); /* would be matched for the one in front of it */
        (void)assert_refused_only(REFUSE_NO_SPACE);
        asked = &request;
        policy.partition_count = 2;
        policy.partitions[0].factory_reset = policy.partitions[1].factory_reset = true;
        set_partition(CONFIG, "swap", "swap", 1357, 16);
        (void)assert_refused_only(REFUSE_NO_SPACE); /* it would not come back */
}

/* Whoever has the last slot of the type, and wherever it lies: what is kept counts as what is rebuilt does. */
static void what_is_kept_is_counted_wherever_it_lies(void **state)
{
        policy_init(&policy);
        inventory.partition_count = 0;
        define("10-a.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        define("20-b.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        define("30-home.conf", "[Partition]\nType=home\nFormat=ext4\nFactoryReset=yes\nSizeMaxBytes=64M\n");
        set_partition(0, "linux-generic", "linux-generic", 1, 64); /* the first one by its place */
        set_partition(1, "esp", "esp", 65, 256);
        inventory.partitions[1].role = ROLE_ESP;
        inventory.esp = inventory.partitions[1].uuid;
        inventory.partitions[0].number = 9;
        assert_accepted();
        assert_int_equal(entry(0)->number, 0); /* stays */
        assert_int_equal(entry(1)->number, 10);
        assert_string_equal(entry(1)->name, "linux-generic-2");
        assert_int_equal(entry(2)->number, 1);  /* free, and nothing of its type is there */
        inventory.partitions[0].name[0] = '\0'; /* a nameless one leaves the name to another one */
        assert_accepted();
        assert_string_equal(entry(1)->name, "linux-generic");
}

/* Two of a type that is not the first definition's. */
static void slots_follow_the_definitions_of_later_types_as_well(void **state)
{
        only_generic();
        define("05-home.conf", "[Partition]\nType=home\nFormat=ext4\nSizeMaxBytes=64M\n");
        define("10-a.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=800M\nSizeMaxBytes=800M\n");
        define("20-b.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=8M\nSizeMaxBytes=8M\n");
        set_partition(CONFIG, "swap", "swap", 1400, 64);
        assert_accepted();
        assert_true(step_of(STEP_CREATE_ENTRY, -1, 2)->start_bytes < step_of(STEP_CREATE_ENTRY, -1, 1)->start_bytes);
        assert_true(entry(1)->number < entry(2)->number);
        assert_int_not_equal(entry(0)->number, 0);
}

static void the_last_slot_of_all_is_one(void **state)
{
        only_generic();
        define("10-a.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        define("20-b.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        set_partition(CONFIG, "linux-generic", "x", 1357, 64);
        inventory.partitions[CONFIG].number = INVENTORY_PARTITIONS_MAX - 1;
        assert_accepted();
        assert_int_equal(entry(1)->number, INVENTORY_PARTITIONS_MAX);
        inventory.partitions[CONFIG].number = INVENTORY_PARTITIONS_MAX;
        (void)assert_refused_only(REFUSE_NO_SLOT);
}

static void a_short_table_has_fewer(void **state)
{
        only_generic();
        define("10-a.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        define("20-b.conf", "[Partition]\nType=linux-generic\nSizeMinBytes=64M\nSizeMaxBytes=64M\n");
        set_partition(CONFIG, "linux-generic", "x", 1357, 64);
        inventory.entry_count = inventory.partitions[CONFIG].number + 1;
        assert_accepted();
        assert_int_equal(entry(1)->number, inventory.entry_count);
        inventory.entry_count--;
        (void)assert_refused_only(REFUSE_NO_SLOT);
        inventory.entry_count = 2 * INVENTORY_PARTITIONS_MAX; /* of more than the usual ones no more is known than of those */
        inventory.partitions[CONFIG].number = INVENTORY_PARTITIONS_MAX;
        (void)assert_refused_only(REFUSE_NO_SLOT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_is_built_anew_takes_the_slot_that_it_had, set_up),
                cmocka_unit_test_setup(what_is_new_comes_behind_all_of_its_type, set_up),
                cmocka_unit_test_setup(slots_of_one_type_follow_the_definitions, set_up),
                cmocka_unit_test_setup(what_is_kept_is_counted_wherever_it_lies, set_up),
                cmocka_unit_test_setup(slots_follow_the_definitions_of_later_types_as_well, set_up),
                cmocka_unit_test_setup(the_last_slot_of_all_is_one, set_up),
                cmocka_unit_test_setup(a_short_table_has_fewer, set_up),
                cmocka_unit_test_setup(later_ones_of_a_name_get_a_number, set_up),
                cmocka_unit_test_setup(what_is_left_out_leaves_no_gap_behind_it, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
