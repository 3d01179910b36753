/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SupplementFor= in plans: a definition that is part of another one's partition, as long as that is possible; and that the guard
 * stops every plan that merges otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/json-write.h"
#include "common/show/plan-outcome.h"
#include "tests/unit/plan-fixture.h"

enum { HOME = STATE_DEFINITION + 1, SRV };
enum { HOME_PARTITION = PARTITIONS, SRV_PARTITION };

/* State ends after 1000 MiB: 1674 MiB are free behind it, for home, and for srv, which supplements that. */
static int set_up_pair(void **state)
{
        (void)set_up(state);
        inventory.partitions[STATE].size_bytes = MIB(1000);
        policy.partitions[STATE_DEFINITION].size_max_bytes = MIB(1000);
        define("30-home.conf", "[Partition]\nType=home\nLabel=home\nFormat=ext4\nSizeMinBytes=64M\nWeight=0\n");
        define("40-srv.conf",
               "[Partition]\nType=srv\nLabel=srv\nFormat=ext4\nSizeMinBytes=200M\nSizeMaxBytes=400M\nFactoryReset=yes\n"
               "SupplementFor=30-home\n");
        return 0;
}

static bool is_merged(size_t definition)
{
        return plan.merged >> definition & 1;
}

static uint64_t size_of_new(int definition)
{
        return step_of(STEP_CREATE_ENTRY, -1, definition)->size_bytes;
}

static void both_become_one_with_the_bounds_of_both(void **state)
{
        const char *text = build();

        (void)state;
        assert_true(is_merged(SRV) && !is_merged(HOME));
        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, SRV), -1);
        assert_int_equal(find_step(&plan, STEP_MAKE_FILE_SYSTEM, -1, SRV), -1);
        assert_int_equal(size_of_new(HOME), MIB(400)); /* the maximum is one's, and so is the weight */
        assert_int_equal(plan.entries[SRV].number, 0);
        assert_non_null(strstr(text, "\nmerged  definition \"40-srv.conf\" \"srv\" into \"30-home.conf\"\n"));
}

static void what_is_told_says_whose_part_it_is(void **state)
{
        static char text[1 << 16];
        struct writer writer = writer_over(text, sizeof(text) - 1);

        (void)state;
        assert_accepted();
        json_open(&writer, '{');
        plan_outcome_json(&writer, &plan, &policy, &inventory);
        json_close(&writer, '}');
        text[writer.size] = '\0';
        assert_non_null(
                strstr(text, "\"definition\":\"40-srv.conf\",\"state\":\"merged\",\"mergedInto\":\"30-home.conf\",\"type\""));
        assert_null(strstr(text, "\"state\":\"absent\""));
}

/* The larger one holds for both, as the manual says: the program forgets the other's where the supplement has none. */
static void a_supplement_takes_no_minimum_away(void **state)
{
        (void)state;
        policy.partitions[SRV].has_size_min = false;
        policy.partitions[SRV].size_min_bytes = MIB(10);
        policy.partitions[SRV].size_max_bytes = UINT64_MAX;
        policy.partitions[SRV].weight = 0;
        policy.partitions[HOME].size_min_bytes = MIB(900);
        policy.partitions[HOME].padding_max_bytes = MIB(10);
        policy.partitions[SRV].padding_weight = 1000;
        assert_accepted();
        assert_true(is_merged(SRV));
        assert_true(size_of_new(HOME) >= MIB(900));
}

/* That of the supplement holds, where the other one has none: less than the default as well. */
static void a_supplement_may_bring_the_minimum(void **state)
{
        (void)state;
        policy.partitions[HOME].has_size_min = false;
        policy.partitions[HOME].size_min_bytes = MIB(10);
        policy.partitions[HOME].format[0] = '\0';
        policy.partitions[HOME].size_max_bytes = MIB(1);
        policy.partitions[SRV].size_min_bytes = 4096;
        assert_accepted();
        assert_true(is_merged(SRV));
        assert_int_equal(size_of_new(HOME), MIB(1));
        policy.partitions[SRV].size_min_bytes = MIB(1) + 4096;
        assert_string_equal(plan_guard(&plan, asked, &policy, &inventory), "a new partition is too small");
}

/* The target is there, and is large enough or can grow. */
static void what_stays_takes_it_up(void **state)
{
        (void)state;
        set_partition(HOME_PARTITION, "home", "home", 2421, 100);
        assert_accepted();
        assert_true(is_merged(SRV));
        assert_int_equal(step_of(STEP_GROW_ENTRY, HOME_PARTITION, HOME)->size_bytes, MIB(400));
        assert_int_equal(plan.fates[HOME_PARTITION], FATE_KEPT);
}

static void it_stands_alone_where_the_other_cannot_grow(void **state)
{
        (void)state;
        set_partition(HOME_PARTITION, "home", "home", 2421, 100);
        set_partition(SRV_PARTITION, "swap", "swap", 2521, 100);
        assert_accepted();
        assert_false(is_merged(SRV));
        assert_int_equal(size_of_new(SRV), MIB(400));
        assert_int_equal(find_step(&plan, STEP_GROW_ENTRY, HOME_PARTITION, -1), -1);
        assert_null(strstr(build(), "merged  "));
}

/* Marked, it is rebuilt at its place; with systemd-repart it would be gone, and what its slot held would be another's. */
static void what_has_a_partition_keeps_one(void **state)
{
        (void)state;
        set_partition(HOME_PARTITION, "home", "home", 2421, 500);
        set_partition(SRV_PARTITION, "srv", "srv", 2921, 300);
        assert_accepted();
        assert_false(is_merged(SRV));
        assert_true(erases(SRV_PARTITION) && !erases(HOME_PARTITION));
        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, SRV)->start_bytes, MIB(2921));
        assert_int_equal(plan.entries[SRV].number, SRV_PARTITION + 1);
}

/* A reset after that: the other is rebuilt, and takes it up again. */
static void the_next_reset_merges_the_same(void **state)
{
        static struct inventory after;

        (void)state;
        policy.partitions[HOME].factory_reset = true;
        assert_accepted();
        plan_after(&plan, &policy, &inventory, &after);
        inventory = after;
        assert_accepted();
        assert_true(is_merged(SRV));
        assert_int_equal(size_of_new(HOME), MIB(400));
}

static void a_first_boot_merges_and_is_over(void **state)
{
        static struct inventory after;

        (void)state;
        make_first_boot();
        assert_int_equal(plan_boot_start(&policy, &inventory), START_FIRST_BOOT);
        assert_accepted();
        assert_true(plan.first_boot && is_merged(SRV));
        plan_after(&plan, &policy, &inventory, &after);
        inventory = after;
        inventory.has_known = true;
        inventory.known = ~(1u << SRV);
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
        assert_true(plan_may_be_merged(&policy, &inventory, SRV));
        assert_false(plan_may_be_merged(&policy, &inventory, HOME));
        inventory.known |= 1u << SRV; /* it had one of its own, which is lost */
        assert_false(plan_may_be_merged(&policy, &inventory, SRV));
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
        inventory.has_known = false; /* nobody knows */
        assert_true(plan_may_be_merged(&policy, &inventory, SRV));
}

/* One that the line has provisioned with what the supplement is part of: nothing is to be built. */
static void what_is_part_of_another_makes_no_first_boot(void **state)
{
        (void)state;
        inventory.partition_count = CONFIG;
        set_partition(CONFIG, "home", "home", 1357, 200);
        policy.partitions[CONFIG_DEFINITION] = policy.partitions[HOME];
        policy.partitions[STATE_DEFINITION] = policy.partitions[SRV];
        policy.partition_count = 2;
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
        inventory.partitions[CONFIG].size_bytes -= 4096; /* too small for both */
        assert_int_equal(plan_boot_start(&policy, &inventory), START_FIRST_BOOT);
}

static void build_addition(void)
{
        const char *broken;

        plan_build_addition(&policy, &inventory, &plan);
        broken = plan_guard_addition(&plan, &policy, &inventory);
        if (broken)
                fail_msg("%s", broken);
}

/* An ordinary boot enlarges nothing: a supplement that an update brings is part of the other if that is large enough already. */
static void an_addition_merges_only_into_what_is_large_enough(void **state)
{
        (void)state;
        set_partition(HOME_PARTITION, "home", "home", 2421, 200);
        inventory.built_before = inventory.has_known = true;
        inventory.known = 1u << CONFIG_DEFINITION | 1u << STATE_DEFINITION | 1u << HOME;
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
        build_addition();
        assert_int_equal(plan.step_count, 0);
        assert_true(is_merged(SRV));
        inventory.partitions[HOME_PARTITION].size_bytes -= 4096;
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ADDITION);
        build_addition();
        assert_false(is_merged(SRV));
        assert_false(has_step(STEP_GROW_ENTRY));
        assert_int_equal(size_of_new(SRV), MIB(400));
}

/* Both are new: they become one. Of a lost one no part is made. */
static void an_addition_of_both_merges_them(void **state)
{
        (void)state;
        inventory.built_before = inventory.has_known = true;
        inventory.known = 1u << CONFIG_DEFINITION | 1u << STATE_DEFINITION;
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ADDITION);
        build_addition();
        assert_true(is_merged(SRV));
        assert_int_equal(size_of_new(HOME), MIB(400));
        inventory.known |= 1u << HOME;
        build_addition();
        assert_int_equal(plan.step_count, 0);
        assert_int_equal(plan.merged, 0);
}

static void assert_stopped(const char *rule)
{
        const char *broken = plan_guard(&plan, asked, &policy, &inventory);

        assert_non_null(broken);
        assert_string_equal(broken, rule);
}

static void the_guard_stops_what_is_merged_otherwise(void **state)
{
        struct plan good;

        (void)state;
        assert_accepted();
        good = plan;
        plan.merged |= 1u << HOME;
        assert_stopped("something is merged that supplements nothing");
        plan.merged = 1u << 23;
        assert_stopped("something is merged that supplements nothing");
        plan = good;
        policy.partitions[HOME].size_min_bytes = policy.partitions[SRV].size_min_bytes = MIB(401);
        assert_stopped("a new partition is too small");
        policy.partitions[HOME].size_min_bytes = MIB(64);
        assert_stopped("something is merged into what is too small for it");
        policy.partitions[SRV].size_min_bytes = MIB(400);
        assert_null(plan_guard(&plan, asked, &policy, &inventory));
        policy.partitions[SRV].type = inventory.partitions[VERITY].type; /* it has one */
        assert_stopped("something is merged that has a partition");
        policy.partitions[SRV].type.bytes[0] ^= 1;
        assert_null(plan_guard(&plan, asked, &policy, &inventory));
        (void)memcpy(policy.partitions[0].supplement_for, policy.partitions[SRV].file,
                     strlen(policy.partitions[SRV].file) - strlen(".conf"));
        plan.merged |= 1;
        assert_stopped("something is merged into what is merged itself");
        plan.merged = good.merged;
        policy.partitions[0].supplement_for[0] = '\0';
        policy.partitions[SRV].supplement_for[0] = '2'; /* 20-home: there is none */
        assert_stopped("something is merged that supplements nothing");
        (void)strcpy(policy.partitions[SRV].supplement_for, "20-state");
        policy.partitions[SRV].size_min_bytes = MIB(1001);
        assert_stopped("something is merged into what is too small for it");
}

static void the_guard_stops_what_is_merged_and_built(void **state)
{
        size_t last;

        (void)state;
        set_partition(HOME_PARTITION, "home", "home", 2421, 100);
        set_partition(SRV_PARTITION, "swap", "swap", 2521, 100);
        assert_accepted();
        plan.merged = 1u << SRV;
        assert_stopped("something is merged, and built as well");
        assert_false(plan.refusal_count > 0);
        (void)set_up_pair(state);
        assert_accepted();
        last = plan.step_count;
        for (size_t i = last; i-- > 0;) /* what it is to be part of is not built any more */
                if (plan.steps[i].definition == HOME) {
                        memmove(&plan.steps[i], &plan.steps[i + 1], (plan.step_count - i - 1) * sizeof(plan.steps[0]));
                        plan.step_count--;
                }
        assert_stopped("something is merged into what is not there");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(both_become_one_with_the_bounds_of_both, set_up_pair),
                cmocka_unit_test_setup(what_is_told_says_whose_part_it_is, set_up_pair),
                cmocka_unit_test_setup(a_supplement_takes_no_minimum_away, set_up_pair),
                cmocka_unit_test_setup(a_supplement_may_bring_the_minimum, set_up_pair),
                cmocka_unit_test_setup(what_stays_takes_it_up, set_up_pair),
                cmocka_unit_test_setup(it_stands_alone_where_the_other_cannot_grow, set_up_pair),
                cmocka_unit_test_setup(what_has_a_partition_keeps_one, set_up_pair),
                cmocka_unit_test_setup(the_next_reset_merges_the_same, set_up_pair),
                cmocka_unit_test_setup(a_first_boot_merges_and_is_over, set_up_pair),
                cmocka_unit_test_setup(what_is_part_of_another_makes_no_first_boot, set_up_pair),
                cmocka_unit_test_setup(an_addition_merges_only_into_what_is_large_enough, set_up_pair),
                cmocka_unit_test_setup(an_addition_of_both_merges_them, set_up_pair),
                cmocka_unit_test_setup(the_guard_stops_what_is_merged_otherwise, set_up_pair),
                cmocka_unit_test_setup(the_guard_stops_what_is_merged_and_built, set_up_pair),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
