/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every partition of the boot disk has one fate; what nobody declares is erased, named or refused; who is taken for the ESP or
 * the image is certain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/partition-type.h"
#include "tests/unit/plan-fixture.h"

static void the_reference_machine_has_nothing_undeclared(void **state)
{
        static const enum partition_fate fates[] = { FATE_ESP, FATE_IMAGE, FATE_IMAGE, FATE_ERASED, FATE_ERASED };

        assert_accepted();
        for (size_t p = 0; p < PARTITIONS; p++)
                assert_int_equal(plan.fates[p], fates[p]);
        assert_int_equal(plan.undeclared_count, 0);
        assert_null(strstr(build(), "left  partition"));
}

/* State, re-typed by the old system so that no definition fits any more, under each policy. */
static void a_partition_of_a_type_without_a_definition_is_undeclared_whatever_its_name(void **state)
{
        static const char *const types[] = { "home",     "linux-generic", "esp",
                                             "xbootldr", "root-verity",   "11111111-2222-3333-4444-555555555555" };

        for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
                (void)set_up(state);
                set_partition(STATE, types[i], "state", 1421, 1000);
                assert_accepted();
                assert_int_equal(plan.fates[STATE], FATE_UNDECLARED);
                assert_int_equal(plan.undeclared_count, 1);
                assert_false(erases(STATE));
                assert_non_null(strstr(build(), "\nleft  partition 5 \"state\" at 1490026496..2538602496 type="));

                settings("[Reset]\nundeclared-partitions=erase\n");
                assert_accepted();
                assert_int_equal(plan.fates[STATE], FATE_ERASED);
                assert_true(erases(STATE));
                assert_int_equal(plan.steps[find_step(&plan, STEP_ERASE, STATE, -1)].method, ERASE_METHOD_ZERO);
                assert_int_equal(plan.steps[find_step(&plan, STEP_ERASE, STATE, -1)].why, WHY_UNDECLARED);
                assert_null(strstr(build(), "left  partition"));
                assert_int_equal(plan.undeclared_count, 0);
        }
}

static void a_policy_that_refuses_names_what_is_undeclared(void **state)
{
        settings("[Reset]\nundeclared-partitions=refuse\n");
        assert_accepted();
        set_partition(PARTITIONS, "home", "x\x1b[2J\xe2\x80\xae", 4095, 0);
        assert_non_null(strstr(assert_refused_only(REFUSE_UNDECLARED), "(partition 6 \"x?[2J?\")"));
        for (size_t p = PARTITIONS + 1; p < PARTITIONS + 6; p++)
                set_partition(p, "home", "y", 4095, 0);
        assert_non_null(strstr(assert_refused_only(REFUSE_UNDECLARED), ", 9 \"y\", ...)"));
        asked = NULL;
        inventory.partition_count = CONFIG;
        assert_accepted(); /* a first boot erases nothing anyway */
}

/* Slots of other versions, that the image defines. */
static void what_a_definition_claims_is_kept_and_one_more_of_its_type_is_not(void **state)
{
        define("30-root-a.conf", "[Partition]\nType=root\nLabel=a\n");
        define("31-root-b.conf", "[Partition]\nType=root\nLabel=b\n");
        settings("[Reset]\nundeclared-partitions=erase\n");
        set_partition(STATE, "var", "state", 1421, 1000);
        set_partition(PARTITIONS, "root", "b", 2421, 100);
        set_partition(PARTITIONS + 1, "root", "c", 2521, 100);
        assert_accepted();
        assert_int_equal(plan.fates[ROOT], FATE_IMAGE);
        assert_int_equal(plan.fates[PARTITIONS], FATE_KEPT);
        assert_int_equal(plan.fates[PARTITIONS + 1], FATE_ERASED);
}

static void a_second_esp_is_undeclared(void **state)
{
        set_partition(STATE, "var", "state", 1421, 1000);
        set_partition(PARTITIONS, "esp", "esp", 2421, 100);
        assert_accepted();
        assert_int_equal(plan.fates[ESP], FATE_ESP);
        assert_int_equal(plan.fates[PARTITIONS], FATE_UNDECLARED);
}

static void the_mark_on_the_disk_still_only_adds(void **state)
{
        set_partition(STATE, "var", "state", 1421, 1000);
        set_partition(PARTITIONS, "home", "x", 2421, 100);
        inventory.partitions[PARTITIONS].attributes = GPT_ATTRIBUTE_ERASE;
        assert_accepted();
        assert_int_equal(plan.fates[PARTITIONS], FATE_ERASED);
}

static void a_first_boot_erases_nothing_and_counts_what_is_undeclared(void **state)
{
        settings("[Reset]\nundeclared-partitions=erase\n");
        asked = NULL;
        inventory.partition_count = CONFIG;
        set_partition(CONFIG, "home", "x", 3000, 100);
        assert_accepted();
        assert_true(plan.first_boot);
        assert_int_equal(plan.undeclared_count, 1);
        assert_false(erases(CONFIG));
}

static void a_device_that_lost_its_partitions_is_reset_and_not_taken_for_a_new_one(void **state)
{
        asked = NULL;
        inventory.built_before = true;
        inventory.partition_count = CONFIG;
        assert_accepted();
        assert_false(plan.first_boot);
        assert_true(find_step(&plan, STEP_CLEAR_TPM, -1, -1) >= 0);
        assert_true(find_step(&plan, STEP_ERASE_UNALLOCATED, -1, -1) >= 0);
        assert_true(find_step(&plan, STEP_CLEAN_ESP, -1, -1) >= 0);
        assert_true(find_step(&plan, STEP_NAME_DISK, -1, -1) >= 0); /* perhaps it was flashed anew */
        inventory.built_before = false;
        assert_accepted();
        assert_true(plan.first_boot);
        assert_int_equal(find_step(&plan, STEP_CLEAR_TPM, -1, -1), -1);
}

static void two_partitions_with_the_uuid_of_image_or_esp_refuse(void **state)
{
        static const size_t owners[] = { ESP, ROOT, VERITY };

        for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
                (void)set_up(state);
                inventory.partitions[STATE].uuid = inventory.partitions[owners[i]].uuid;
                assert_non_null(strstr(assert_refused_only(REFUSE_DUPLICATE_UUID), "5 \"state\")"));
        }
        (void)set_up(state);
        inventory.partitions[STATE].uuid = inventory.partitions[CONFIG].uuid; /* both are erased */
        assert_accepted();
}

static void esp_and_image_of_another_type_refuse(void **state)
{
        assert_true(partition_type_parse("user-home", 9, &inventory.partitions[ESP].type));
        assert_non_null(strstr(assert_refused_only(REFUSE_ESP_TYPE), "(partition 1 \"esp\")"));

        static const struct {
                const char *type;
                bool accepted;
        } cases[] = { { "usr-arm64", true },      { "root-x86-64-verity-sig", true },
                      { "linux-generic", false }, { "home", false },
                      { "xbootldr", false },      { "user-home", false },
                      { "swap", false } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                (void)set_up(state);
                assert_true(partition_type_parse(cases[i].type, strlen(cases[i].type), &inventory.partitions[ROOT].type));
                if (cases[i].accepted)
                        assert_accepted();
                else
                        assert_non_null(
                                strstr(assert_refused_only(REFUSE_IMAGE_TYPE), " (partition 2 \"root\", 3 \"root-verity\")"));
        }
        (void)set_up(state);
        assert_true(partition_type_parse("linux-generic", 13, &inventory.partitions[ROOT].type));
        define("30-system.conf", "[Partition]\nType=linux-generic\nLabel=root\n");
        assert_accepted(); /* the image says itself that its root is of that type */
}

static void a_marked_definition_that_is_neither_erased_nor_built_refuses(void **state)
{
        inventory.partition_count = STATE;
        inventory.partitions[ROOT].type = policy.partitions[STATE_DEFINITION].type;
        define("30-system.conf", "[Partition]\nType=var\nLabel=other\n"); /* its type alone would do */
        (void)assert_refused_only(REFUSE_MARKED_NOT_ERASED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(the_reference_machine_has_nothing_undeclared, set_up),
                cmocka_unit_test_setup(a_partition_of_a_type_without_a_definition_is_undeclared_whatever_its_name, set_up),
                cmocka_unit_test_setup(a_policy_that_refuses_names_what_is_undeclared, set_up),
                cmocka_unit_test_setup(what_a_definition_claims_is_kept_and_one_more_of_its_type_is_not, set_up),
                cmocka_unit_test_setup(a_second_esp_is_undeclared, set_up),
                cmocka_unit_test_setup(the_mark_on_the_disk_still_only_adds, set_up),
                cmocka_unit_test_setup(a_first_boot_erases_nothing_and_counts_what_is_undeclared, set_up),
                cmocka_unit_test_setup(a_device_that_lost_its_partitions_is_reset_and_not_taken_for_a_new_one, set_up),
                cmocka_unit_test_setup(two_partitions_with_the_uuid_of_image_or_esp_refuse, set_up),
                cmocka_unit_test_setup(esp_and_image_of_another_type_refuse, set_up),
                cmocka_unit_test_setup(a_marked_definition_that_is_neither_erased_nor_built_refuses, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
