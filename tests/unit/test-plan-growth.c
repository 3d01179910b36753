/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Partitions that stay and grow, as systemd-repart lets them: which do, how far, and when none does. That the guard stops every
 * plan in which one grows otherwise is test-plan-guard-growth's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

enum { DATA = PARTITIONS, EXTRA };
enum { DATA_DEFINITION = STATE_DEFINITION + 1 };

/* 1000 MiB of state at its place, then 200 of data that nobody marks, and 1474 MiB that are free. */
static int set_up_data(void **state)
{
        (void)set_up(state);
        inventory.partitions[STATE].size_bytes = MIB(1000);
        set_partition(DATA, "linux-generic", "data", 2421, 200);
        policy.partitions[STATE_DEFINITION].size_min_bytes = MIB(1000); /* there is no room for another one behind it */
        return 0;
}

static void define_data(const char *more)
{
        char text[256];

        (void)snprintf(text, sizeof(text), "[Partition]\nType=linux-generic\nLabel=other\n%s", more);
        define("30-data.conf", text);
}

static uint64_t grown_size(int partition)
{
        assert_accepted();
        return step_of(STEP_GROW_ENTRY, partition, -1)->size_bytes;
}

static void assert_nothing_grows(void)
{
        assert_accepted();
        assert_false(has_step(STEP_GROW_ENTRY));
}

static void what_stays_grows_to_the_end_of_what_is_free(void **state)
{
        define_data("");
        assert_true(grown_size(DATA) == MIB(4095 - 2421));
        assert_non_null(strstr(build(), "grow-entry  partition 6 \"data\" at 2538602496..2748317696 to 2538602496..4293918720 "
                                        "why=room\ncreate-entry  definition \"10-config.conf\""));
        assert_int_equal(plan.fates[DATA], FATE_KEPT);
        assert_int_equal(find_step(&plan, STEP_ERASE, DATA, -1), -1);
}

static void it_grows_within_its_bounds(void **state)
{
        define_data("SizeMaxBytes=512M\n");
        assert_true(grown_size(DATA) == MIB(512));
        policy.partitions[DATA_DEFINITION].size_max_bytes = MIB(100); /* never smaller than it is */
        assert_nothing_grows();
        policy.partitions[DATA_DEFINITION].size_max_bytes = UINT64_MAX;
        policy.partitions[DATA_DEFINITION].weight = 0;
        policy.partitions[DATA_DEFINITION].has_size_min = true;
        policy.partitions[DATA_DEFINITION].size_min_bytes = MIB(700);
        policy.partitions[DATA_DEFINITION].padding_weight = 1;
        assert_true(grown_size(DATA) == MIB(700));
}

/* The first one by weight, minus what it has already: 1674 MiB for both, of which 1000 and 2000 parts. */
static void it_shares_with_what_is_new_behind_it(void **state)
{
        define_data("");
        define("40-srv.conf", "[Partition]\nType=srv\nFormat=ext4\nWeight=2000\n");
        assert_true(grown_size(DATA) == MIB(558));
        assert_true(step_of(STEP_CREATE_ENTRY, -1, DATA_DEFINITION + 1)->start_bytes == MIB(2421 + 558));
        assert_true(step_of(STEP_CREATE_ENTRY, -1, DATA_DEFINITION + 1)->size_bytes == MIB(1674 - 558));
}

/* What a reset builds again begins where it was, so that there is nothing free in front of it. */
static void it_does_not_take_the_place_of_what_is_rebuilt(void **state)
{
        define_data("");
        set_partition(DATA, "linux-generic", "data", 2000, 100);
        set_partition(STATE, "var", "state", 2100, 1000);
        inventory.partitions[STATE].content = CONTENT_LUKS;
        assert_nothing_grows();
        assert_true(step_of(STEP_CREATE_ENTRY, -1, STATE_DEFINITION)->size_bytes == MIB(4095 - 2100));
}

static void what_no_definition_claims_stays_as_it_is(void **state)
{
        assert_nothing_grows();
        assert_int_equal(plan.fates[DATA], FATE_UNDECLARED);
        define_data("");
        set_partition(EXTRA, "linux-generic", "extra", 2800, 100); /* in the second slot of its type */
        assert_true(grown_size(DATA) == MIB(2800 - 2421));
        assert_int_equal(find_step(&plan, STEP_GROW_ENTRY, EXTRA, -1), -1);
}

static void the_only_definition_there_is_grows_as_well(void **state)
{
        policy_init(&policy);
        define_data("");
        inventory.partitions[STATE].attributes = GPT_ATTRIBUTE_ERASE; /* else there was nothing to do */
        assert_true(grown_size(DATA) == MIB(4095 - 2421));
}

/* As with systemd-repart, for which they are partitions like others. */
static void esp_and_image_grow_by_their_definitions_alone(void **state)
{
        set_partition(ROOT, "root", "root", 600, 600);
        inventory.partitions[ROOT].role = ROLE_IMAGE;
        assert_nothing_grows();
        define("00-esp.conf", "[Partition]\nType=esp\nSizeMaxBytes=300M\n");
        assert_true(grown_size(ESP) == MIB(300));
        assert_int_equal(find_step(&plan, STEP_GROW_ENTRY, ROOT, -1), -1);
        define("01-root.conf", "[Partition]\nType=root\n");
        assert_true(grown_size(ROOT) == MIB(1257 - 600));
        assert_int_equal(plan.fates[ROOT], FATE_IMAGE);
        assert_int_equal(plan.fates[ESP], FATE_ESP);
}

static void a_first_boot_lets_grow_as_well(void **state)
{
        define_data("");
        make_first_boot();
        set_partition(CONFIG, "linux-generic", "data", 1357, 100);
        policy.partitions[STATE_DEFINITION].weight = 3000;
        assert_accepted();
        assert_true(plan.first_boot);
        assert_true(step_of(STEP_GROW_ENTRY, CONFIG, DATA_DEFINITION)->size_bytes > MIB(100));
}

/* systemd-repart refuses then, too: "Can't grow existing partition". */
static void one_that_cannot_grow_to_its_minimum_refuses(void **state)
{
        define_data("SizeMinBytes=8G\n");
        assert_refused_only(REFUSE_NO_SPACE);
        policy.partitions[DATA_DEFINITION].priority = 1; /* and leaves it as it is then */
        assert_nothing_grows();
}

static void of_a_broken_table_nothing_grows(void **state)
{
        define_data("");
        set_partition(EXTRA, "root-arm", "within", 2500, 10);
        assert_nothing_grows();
        inventory.partitions[EXTRA] = inventory.partitions[ESP];
        set_partition(ESP, "root-arm", "within, and first of all", 2500, 10);
        inventory.partitions[ESP].number = EXTRA + 1;
        inventory.partitions[ESP].uuid.bytes[0] = EXTRA + 1;
        inventory.partitions[EXTRA].number = ESP + 1;
        assert_nothing_grows();
        inventory.partitions[ESP] = inventory.partitions[EXTRA];
        set_partition(EXTRA, "root-arm", "across", 2620, 10);
        assert_nothing_grows();
        set_partition(EXTRA, "root-arm", "behind", 2621, 10); /* the control: they only touch */
        assert_nothing_grows();
        set_partition(EXTRA, "root-arm", "further", 2622, 10);
        assert_true(grown_size(DATA) == MIB(201));
        inventory.header_first_usable_bytes = MIB(2421);
        assert_true(grown_size(DATA) == MIB(201));
        inventory.header_first_usable_bytes = MIB(2421) + 512;
        assert_nothing_grows();
}

/* Up to three free sectors are none to libfdisk: with large sectors, that is more than a grain. */
static void few_large_sectors_are_not_worth_it(void **state)
{
        define_data("");
        set_partition(EXTRA, "root-arm", "behind", 2622, 10);
        inventory.sector_size = 4096;
        inventory.partitions[EXTRA].start_bytes = MIB(2621) + 3 * UINT64_C(4096);
        assert_nothing_grows();
        inventory.partitions[EXTRA].start_bytes = MIB(2621) + 4 * UINT64_C(4096);
        assert_true(grown_size(DATA) == MIB(200) + 4 * UINT64_C(4096));
        inventory.sector_size = 512;
        inventory.partitions[EXTRA].start_bytes = MIB(2621) + UINT64_C(4096);
        assert_true(grown_size(DATA) == MIB(200) + 4096);
        inventory.partitions[DATA].size_bytes -= 512;
        inventory.partitions[EXTRA].start_bytes = MIB(2621) + UINT64_C(4096);
        assert_true(grown_size(DATA) == MIB(200) + 4096);
}

/* Where the policy leaves what is free, or an attempt before this one has erased it. */
static void unallocated_space_may_be_grown_into_unerased(void **state)
{
        define_data("");
        inventory.unallocated_done = true;
        assert_true(grown_size(DATA) > MIB(200));
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
        inventory.unallocated_done = false;
        settings("[Reset]\nunallocated=leave\n");
        assert_true(grown_size(DATA) > MIB(200));
        assert_false(has_step(STEP_ERASE_UNALLOCATED));
}

/* A look-alike right behind it goes; its place is what is grown into, in one plan. */
static void the_place_of_what_is_erased_is_free(void **state)
{
        define_data("");
        set_partition(EXTRA, "var", "state", 2621, 100); /* the second one of its type, called as the marked one */
        assert_true(grown_size(DATA) == MIB(4095 - 2421));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_stays_grows_to_the_end_of_what_is_free, set_up_data),
                cmocka_unit_test_setup(it_grows_within_its_bounds, set_up_data),
                cmocka_unit_test_setup(it_shares_with_what_is_new_behind_it, set_up_data),
                cmocka_unit_test_setup(it_does_not_take_the_place_of_what_is_rebuilt, set_up_data),
                cmocka_unit_test_setup(what_no_definition_claims_stays_as_it_is, set_up_data),
                cmocka_unit_test_setup(the_only_definition_there_is_grows_as_well, set_up_data),
                cmocka_unit_test_setup(esp_and_image_grow_by_their_definitions_alone, set_up_data),
                cmocka_unit_test_setup(a_first_boot_lets_grow_as_well, set_up_data),
                cmocka_unit_test_setup(one_that_cannot_grow_to_its_minimum_refuses, set_up_data),
                cmocka_unit_test_setup(of_a_broken_table_nothing_grows, set_up_data),
                cmocka_unit_test_setup(few_large_sectors_are_not_worth_it, set_up_data),
                cmocka_unit_test_setup(unallocated_space_may_be_grown_into_unerased, set_up_data),
                cmocka_unit_test_setup(the_place_of_what_is_erased_is_free, set_up_data),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
