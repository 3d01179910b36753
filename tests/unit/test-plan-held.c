/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table that somebody has altered since the device last started: what a definition keeps is erased where a marked one lay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

enum { DATA = PARTITIONS };
enum { DATA_DEFINITION = STATE_DEFINITION + 1 };

/* State has 1000 MiB from 1421 MiB on, data, which is kept, the 200 behind it. */
static int set_up_data(void **state)
{
        (void)set_up(state);
        inventory.partitions[STATE].size_bytes = MIB(1000);
        policy.partitions[STATE_DEFINITION].size_max_bytes = MIB(1000);
        set_partition(DATA, "linux-generic", "data", 2421, 200);
        define("30-data.conf", "[Partition]\nType=linux-generic\nLabel=data\nFormat=ext4\n");
        inventory.held[STATE_DEFINITION].start_bytes = MIB(1421);
        inventory.held[STATE_DEFINITION].size_bytes = MIB(1000);
        inventory.held[DATA_DEFINITION].start_bytes = MIB(2421);
        inventory.held[DATA_DEFINITION].size_bytes = MIB(200);
        return 0;
}

static void what_is_where_it_was_is_as_before(void **state)
{
        (void)state;
        assert_accepted();
        assert_true(erases(STATE) && !erases(DATA));
        assert_int_equal(plan.fates[DATA], FATE_KEPT);
        assert_false(plan.unvouched);
}

static void what_is_kept_where_a_marked_one_lay_is_erased_and_rebuilt(void **state)
{
        (void)state;
        inventory.partitions[STATE].type = policy.partitions[DATA_DEFINITION].type;
        inventory.partitions[DATA].type = policy.partitions[STATE_DEFINITION].type;
        assert_accepted();
        assert_true(erases(STATE) && erases(DATA));
        assert_int_equal(step_of(STEP_DESTROY_KEYS, STATE, DATA_DEFINITION)->why, WHY_HELD);
        assert_int_equal(step_of(STEP_DESTROY_KEYS, DATA, STATE_DEFINITION)->why, WHY_FACTORY_RESET);
        assert_true(find_step(&plan, STEP_CREATE_ENTRY, -1, DATA_DEFINITION) >= 0);
        assert_int_equal(plan_rebuilds_kept(&plan, &policy), 1u << DATA_DEFINITION);
        assert_non_null(strstr(build(), "why=held"));
}

/* To the byte at either end; nothing is held of what was not marked, or is not known. */
static void a_byte_is_enough_and_none_is_not(void **state)
{
        (void)state;
        inventory.held[DATA_DEFINITION].size_bytes = 0;
        inventory.held[STATE_DEFINITION].size_bytes = MIB(1000) + 1;
        assert_accepted();
        assert_true(erases(DATA));
        inventory.held[STATE_DEFINITION].size_bytes = MIB(1000);
        assert_accepted();
        assert_false(erases(DATA));
        inventory.held[STATE_DEFINITION].start_bytes = MIB(2621) - 1;
        assert_accepted();
        assert_true(erases(DATA));
        inventory.held[STATE_DEFINITION].start_bytes = MIB(2621);
        assert_accepted();
        assert_false(erases(DATA));
        inventory.held[STATE_DEFINITION].start_bytes = MIB(2421);
        policy.partitions[STATE_DEFINITION].factory_reset = false;
        policy.partitions[STATE_DEFINITION].encrypt = ENCRYPT_OFF;
        assert_accepted();
        assert_false(erases(DATA));
}

/* It has grown into what an earlier attempt has erased: of that nothing is left. */
static void what_it_has_grown_by_counts_for_nothing(void **state)
{
        (void)state;
        inventory.held[STATE_DEFINITION].start_bytes = MIB(2621);
        inventory.partitions[DATA].size_bytes = MIB(1000);
        assert_accepted();
        assert_false(erases(DATA));
        inventory.held[DATA_DEFINITION].start_bytes -= 4096; /* it is not where it was */
        assert_accepted();
        assert_true(erases(DATA));
}

/* Neither a first boot nor an addition, nor what no definition claims: that has its own setting. */
static void others_are_not_erased_for_it(void **state)
{
        (void)state;
        inventory.held[STATE_DEFINITION].start_bytes = MIB(2421);
        set_partition(DATA, "swap", "swap", 2421, 200);
        assert_accepted();
        assert_false(erases(DATA));
        assert_int_equal(plan.undeclared_count, 1);
        (void)set_up_data(state);
        inventory.held[STATE_DEFINITION].start_bytes = MIB(2421);
        inventory.partitions[DATA].role = ROLE_IMAGE;
        assert_accepted();
        assert_false(erases(DATA));
}

static void the_guard_asks_for_it(void **state)
{
        struct plan good;

        (void)state;
        assert_accepted();
        good = plan;
        inventory.held[STATE_DEFINITION].start_bytes = MIB(2421);
        assert_string_equal(plan_guard(&good, asked, &policy, &inventory), "a partition marked by the image is kept");
        assert_accepted();
        good = plan;
        inventory.held[STATE_DEFINITION].start_bytes = MIB(1421);
        assert_string_equal(plan_guard(&good, asked, &policy, &inventory), "something unmarked, the ESP or the image is erased");
}

static void without_the_list_nobody_vouches_for_what_is_kept(void **state)
{
        (void)state;
        inventory.held_unknown = true;
        assert_accepted();
        assert_true(plan.unvouched);
        inventory.partition_count--; /* nothing is kept */
        assert_accepted();
        assert_false(plan.unvouched);
        inventory.partition_count++;
        asked = NULL; /* a first boot keeps what it finds */
        (void)build();
        assert_false(plan.unvouched);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_is_where_it_was_is_as_before, set_up_data),
                cmocka_unit_test_setup(what_is_kept_where_a_marked_one_lay_is_erased_and_rebuilt, set_up_data),
                cmocka_unit_test_setup(a_byte_is_enough_and_none_is_not, set_up_data),
                cmocka_unit_test_setup(what_it_has_grown_by_counts_for_nothing, set_up_data),
                cmocka_unit_test_setup(others_are_not_erased_for_it, set_up_data),
                cmocka_unit_test_setup(the_guard_asks_for_it, set_up_data),
                cmocka_unit_test_setup(without_the_list_nobody_vouches_for_what_is_kept, set_up_data),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
