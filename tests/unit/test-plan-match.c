/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which partition is which definition's, at the edges: as many definitions as there can be, what stands behind the last one, and
 * short words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/partition-type.h"
#include "common/plan/plan-match.h"
#include "common/plan/plan.h"

static struct policy policy;
static struct inventory inventory;

static int set_up(void **state)
{
        memset(&inventory, 0, sizeof(inventory));
        policy_init(&policy);
        for (size_t d = 0; d < POLICY_PARTITIONS_MAX; d++) {
                policy.partitions[d].type.bytes[0] = (uint8_t)(d + 1);
                policy.partitions[d].label[0] = (char)('a' + d);
        }
        inventory.partition_count = 1;
        inventory.partitions[0].type.bytes[0] = 1;
        inventory.partitions[0].number = 1;
        return 0;
}

static void behind_the_last_definition_there_is_none(void **state)
{
        for (size_t count = 1; count <= POLICY_PARTITIONS_MAX; count++) {
                policy.partition_count = count;
                assert_int_equal(plan_find_partition(&policy, &inventory, 0), 0);
                assert_int_equal(plan_find_partition(&policy, &inventory, count), -1);
        }
}

/* A reset that goes on knows the image by it. */
static void the_check_is_over_all_definitions_and_no_others(void **state)
{
        policy.partition_count = 2;
        uint32_t check = plan_absent_check(&policy);
        policy.partitions[2].label[0] = 'z'; /* of an earlier reading */
        assert_int_equal(plan_absent_check(&policy), check);
        policy.partitions[1].label[0] = 'z';
        assert_int_not_equal(plan_absent_check(&policy), check);
        policy.partition_count = POLICY_PARTITIONS_MAX;
        check = plan_absent_check(&policy);
        policy.partition_count = POLICY_PARTITIONS_MAX + 1;
        assert_int_equal(plan_absent_check(&policy), check);
}

/* Whatever a file system is called. */
static void a_definition_with_any_format_makes_a_first_boot(void **state)
{
        policy.partition_count = 2;
        assert_false(plan_finds_nothing(&policy, &inventory));
        policy.partitions[1].format[0] = 'x';
        assert_true(plan_finds_nothing(&policy, &inventory));
}

static void a_label_of_one_letter_is_a_name_and_none_is_no_name(void **state)
{
        inventory.partitions[0].name[0] = 'a';
        assert_true(plan_is_named_as(&inventory.partitions[0], &policy.partitions[0]));
        inventory.partitions[0].name[0] = policy.partitions[0].label[0] = '\0';
        assert_false(plan_is_named_as(&inventory.partitions[0], &policy.partitions[0]));
}

/* The running image may be of the first definition; and behind the last partition that a table can have is none. */
static void the_image_that_runs_is_spared_by_the_first_definition_as_by_any(void **state)
{
        policy.partition_count = 1;
        policy.partitions[0].factory_reset = true;
        assert_true(partition_type_parse("root", 4, &policy.partitions[0].type));
        inventory.partitions[0].type = policy.partitions[0].type;
        inventory.partitions[0].role = ROLE_IMAGE;
        assert_true(plan_spares_image(&policy, &inventory, 0));
        inventory.partition_count = INVENTORY_PARTITIONS_MAX;
        assert_false(plan_spares_image(&policy, &inventory, INVENTORY_PARTITIONS_MAX));
}

/* Whether a device was built is told by what the first partition of its table holds as well as by any other one. */
static void the_first_partition_of_the_table_counts(void **state)
{
        policy.partition_count = 1;
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY); /* there it is */
        policy.partition_count = 2;                                             /* of which the second one is missing */
        assert_int_equal(plan_boot_start(&policy, &inventory), START_FIRST_BOOT);
        policy.partitions[0].encrypt = ENCRYPT_TPM2; /* which only a device makes */
        assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(behind_the_last_definition_there_is_none, set_up),
                cmocka_unit_test_setup(the_check_is_over_all_definitions_and_no_others, set_up),
                cmocka_unit_test_setup(a_definition_with_any_format_makes_a_first_boot, set_up),
                cmocka_unit_test_setup(a_label_of_one_letter_is_a_name_and_none_is_no_name, set_up),
                cmocka_unit_test_setup(the_image_that_runs_is_spared_by_the_first_definition_as_by_any, set_up),
                cmocka_unit_test_setup(the_first_partition_of_the_table_counts, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
