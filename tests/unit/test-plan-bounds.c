/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies outside of partitions is erased or named, whatever the table's header and entries make of the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

static void assert_gap(uint64_t start, uint64_t end)
{
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].kind == STEP_ERASE_UNALLOCATED && plan.steps[i].start_bytes == start &&
                    plan.steps[i].size_bytes == end - start)
                        return;
        fail_msg("%llu..%llu is not erased", (unsigned long long)start, (unsigned long long)end);
}

static size_t count_gaps(void)
{
        size_t count = 0;

        for (size_t i = 0; i < plan.step_count; i++)
                count += plan.steps[i].kind == STEP_ERASE_UNALLOCATED;
        return count;
}

static void a_boot_loader_area_is_spared_and_named(void **state)
{
        assert_non_null(strstr(build(), "left  at 0..1048576 why=boot-loader-area\n"));
        assert_int_equal(count_gaps(), 0);
}

static void without_one_everything_behind_the_entries_is_erased(void **state)
{
        settings("[Reset]\nunallocated=all\n");
        assert_null(strstr(build(), "boot-loader-area"));
        assert_int_equal(count_gaps(), 1);
        assert_gap(17408, MIB(1));

        (void)set_up(state);
        settings("[Reset]\nboot-loader-area=0\n");
        assert_null(strstr(build(), "boot-loader-area"));
        assert_gap(17408, MIB(1));
}

/* Everything moved to the back, so that what is to be kept lies in front. */
static void the_space_in_front_of_the_first_partition_is_erased_but_for_the_boot_loader_area(void **state)
{
        for (size_t p = ESP; p < PARTITIONS; p++)
                inventory.partitions[p].start_bytes += MIB(2000);
        inventory.last_usable_bytes += MIB(2000);
        assert_accepted();
        assert_gap(MIB(1), MIB(2001));

        settings("[Reset]\nboot-loader-area=16M\n");
        assert_non_null(strstr(build(), "left  at 0..16777216 why=boot-loader-area\n"));
        assert_gap(MIB(16), MIB(2001));
}

static void a_boot_loader_area_ends_where_the_first_partition_begins(void **state)
{
        settings("[Reset]\nboot-loader-area=1G\n");
        assert_non_null(strstr(build(), "left  at 0..1048576 why=boot-loader-area\n"));
        assert_int_equal(count_gaps(), 0);
}

/* The state partition's entry is gone, and the header says that partitions begin behind where it was. */
static void a_first_usable_block_that_was_moved_hides_nothing(void **state)
{
        for (size_t p = ESP; p < STATE; p++)
                inventory.partitions[p].start_bytes += MIB(2000);
        inventory.partition_count = STATE;
        inventory.header_first_usable_bytes = MIB(2001);
        assert_accepted();
        assert_gap(MIB(1), MIB(2001));
        inventory.header_first_usable_bytes = MIB(4000); /* not even in front of the partitions */
        assert_accepted();
        assert_gap(MIB(1), MIB(2001));
}

/* What a board reserves stays reserved for what is built. */
static void new_partitions_keep_off_what_the_header_reserves_in_front(void **state)
{
        for (size_t p = ESP; p < STATE; p++)
                inventory.partitions[p].start_bytes += MIB(1500);
        inventory.partition_count = STATE;
        inventory.header_first_usable_bytes = MIB(600);
        assert_accepted();
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION)->start_bytes, MIB(2857)); /* where it was */
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->start_bytes, MIB(600));
        inventory.header_first_usable_bytes = MIB(1501); /* all that lies in front of the first partition */
        assert_accepted();
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->start_bytes, MIB(2921));
        policy.partitions[STATE_DEFINITION].size_min_bytes = MIB(1200); /* fits in front alone */
        (void)assert_refused_only(REFUSE_NO_SPACE);
        inventory.header_first_usable_bytes++; /* which contradicts itself */
        assert_accepted();
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->start_bytes, MIB(1));
        inventory.header_first_usable_bytes = 17408;
        assert_accepted();
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->start_bytes, MIB(1));
}

static void entries_elsewhere_on_the_disk_are_left_and_what_is_in_front_of_them_is_not(void **state)
{
        settings("[Reset]\nunallocated=all\n");
        inventory.entries_start_bytes = 524288;
        assert_accepted();
        assert_gap(1024, 524288);
        assert_gap(524288 + 16384, MIB(1));
}

static void entries_over_a_partition_or_outside_of_the_disk_refuse(void **state)
{
        static const uint64_t starts[] = { 0, 512, MIB(1), MIB(1421), MIB(4095) - 16384 + 512, UINT64_MAX - 512 };

        for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
                inventory.entries_start_bytes = starts[i];
                (void)assert_refused_only(REFUSE_PARTITION_TABLE);
        }
}

/* The entry of the root was made longer, over what was the state. */
static void of_the_image_only_what_is_vouched_for_is_spared(void **state)
{
        inventory.partition_count = VERITY;
        inventory.partitions[ROOT].size_bytes = MIB(3838);
        inventory.partitions[ROOT].used_bytes = MIB(1000) - 100;
        define("30.conf", "[Partition]\nType=home\nFactoryReset=yes\n");
        policy.partition_count = 3;
        policy.partitions[0].factory_reset = policy.partitions[1].factory_reset = false;
        policy.partitions[0] = policy.partitions[2];
        policy.partition_count = 1;
        set_partition(VERITY, "home", "home", 4000, 0);
        inventory.partition_count = VERITY;
        inventory.last_usable_bytes = MIB(4200) - 1;
        assert_accepted();
        assert_gap(MIB(1257), MIB(4200));
        assert_true(plan.steps[find_step(&plan, STEP_CREATE_ENTRY, -1, 0)].start_bytes >= MIB(4095));
        inventory.partitions[ROOT].used_bytes = MIB(1000); /* a sector that is used in part is used */
        assert_accepted();
        assert_gap(MIB(1257), MIB(4200));
        inventory.partitions[ROOT].used_bytes = MIB(1000) + 1;
        assert_accepted();
        assert_gap(MIB(1257) + 512, MIB(4200));
        inventory.partitions[ROOT].used_bytes = 0;
        assert_accepted();
        assert_gap(MIB(4095), MIB(4200));
}

/* What vouches for more than there are bytes vouches for the partition as it is, and only the image's has something to vouch. */
static void what_is_vouched_for_beyond_the_partition_or_of_another_one_is_not_believed(void **state)
{
        static const uint64_t beyond[] = {
                MIB(1000) - 1, MIB(1000), MIB(1000) + 1, UINT64_MAX - 512, UINT64_MAX - 511, UINT64_MAX
        };

        for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
                inventory.partitions[ROOT].used_bytes = beyond[i];
                assert_accepted();
                assert_int_equal(count_gaps(), 0);
        }
        inventory.partitions[ROOT].used_bytes = 0;
        inventory.partitions[ESP].used_bytes = MIB(1);
        assert_accepted();
        assert_int_equal(count_gaps(), 0);
        inventory.partitions[ROOT].used_bytes = 1; /* which is a sector */
        assert_accepted();
        assert_gap(MIB(257) + 512, MIB(1257));
}

/* No table has more partitions, and nothing lies closer together: a gap in front of each, of the entries, and behind all. */
static void every_gap_of_a_full_table_is_erased(void **state)
{
        settings("[Reset]\nunallocated=all\n");
        for (size_t p = ESP; p < CONFIG; p++)
                inventory.partitions[p].size_bytes -= MIB(1);
        for (size_t p = CONFIG; p < INVENTORY_PARTITIONS_MAX; p++) /* the last two are what is built anew: no slot is free */
                set_partition(p,
                              p == INVENTORY_PARTITIONS_MAX - 2   ? "config"
                              : p == INVENTORY_PARTITIONS_MAX - 1 ? "var"
                                                                  : "linux-generic",
                              "x", 1357 + 2 * p, 1);
        inventory.entries_start_bytes = MIB(3000);
        assert_accepted();
        assert_int_equal(plan.undeclared_count, INVENTORY_PARTITIONS_MAX - CONFIG - 2);
        assert_int_equal(count_gaps(), INVENTORY_PARTITIONS_MAX + 2);
        assert_gap(1024, MIB(1));
        for (size_t p = CONFIG; p + 1 < INVENTORY_PARTITIONS_MAX; p++)
                assert_gap(MIB(1358 + 2 * p), MIB(1359 + 2 * p));
        assert_gap(MIB(3000) + 16384, MIB(4095));
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, CONFIG_DEFINITION)->start_bytes,
                         MIB(3000) + 16384); /* behind all that stays */
        assert_true(partition_type_parse("linux-generic", 13, &inventory.partitions[INVENTORY_PARTITIONS_MAX - 1].type));
        (void)assert_refused_only(REFUSE_NO_SLOT);
}

static void what_is_left_to_a_boot_loader_is_named_where_the_rest_is_erased(void **state)
{
        assert_accepted();
        assert_int_equal(plan.spared_start_bytes, 0);
        assert_int_equal(plan.spared_bytes, MIB(1));
        settings("[Reset]\nunallocated=leave\n"); /* then nothing is spared in particular */
        assert_null(strstr(build(), "boot-loader-area"));
        assert_int_equal(plan.spared_bytes, 0);
        assert_int_equal(count_gaps(), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_boot_loader_area_is_spared_and_named, set_up),
                cmocka_unit_test_setup(without_one_everything_behind_the_entries_is_erased, set_up),
                cmocka_unit_test_setup(the_space_in_front_of_the_first_partition_is_erased_but_for_the_boot_loader_area, set_up),
                cmocka_unit_test_setup(a_boot_loader_area_ends_where_the_first_partition_begins, set_up),
                cmocka_unit_test_setup(a_first_usable_block_that_was_moved_hides_nothing, set_up),
                cmocka_unit_test_setup(new_partitions_keep_off_what_the_header_reserves_in_front, set_up),
                cmocka_unit_test_setup(entries_elsewhere_on_the_disk_are_left_and_what_is_in_front_of_them_is_not, set_up),
                cmocka_unit_test_setup(entries_over_a_partition_or_outside_of_the_disk_refuse, set_up),
                cmocka_unit_test_setup(of_the_image_only_what_is_vouched_for_is_spared, set_up),
                cmocka_unit_test_setup(what_is_vouched_for_beyond_the_partition_or_of_another_one_is_not_believed, set_up),
                cmocka_unit_test_setup(every_gap_of_a_full_table_is_erased, set_up),
                cmocka_unit_test_setup(what_is_left_to_a_boot_loader_is_named_where_the_rest_is_erased, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
