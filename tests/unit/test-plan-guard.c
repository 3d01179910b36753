/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of plan_guard() that test-plan's broken plans do not break; tests/tool/test_plan_guard.py holds both together to all
 * rules. The guard is handed right plans first: it must not stop any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

static int set_up_machine(void **state)
{
        (void)set_up(state);
        inventory.disk_uuid.bytes[0] = 1;
        assert_accepted();
        return 0;
}

static struct plan_step *first(enum step_kind kind)
{
        int index = find_step(&plan, kind, -1, -1);

        assert_true(index >= 0);
        return &plan.steps[index];
}

static void assert_stopped(const char *rule)
{
        const char *broken = plan_guard(&plan, asked, &policy, &inventory);

        if (!broken)
                fail_msg("let pass: %s", rule);
        assert_string_equal(broken, rule);
}

static void counts_are_looked_at_before_arrays(void **state)
{
        plan.step_count = PLAN_STEPS_MAX + 1;
        assert_stopped("a count leaves its array");
        assert_accepted();
        plan.refusal_count = PLAN_REFUSALS_MAX + 1;
        assert_stopped("a count leaves its array");
        assert_accepted();
        first(STEP_CLEAN_TABLE)->kind = STEP_COUNT;
        assert_stopped("a step is of no kind");
        assert_accepted();
        first(STEP_DESTROY_KEYS)->partition = (int)inventory.partition_count;
        assert_stopped("a step has no partition");
        assert_accepted();
        first(STEP_DESTROY_KEYS)->partition = -1;
        assert_stopped("a step has no partition");
        assert_accepted();
        first(STEP_DESTROY_KEYS)->definition = (int)policy.partition_count;
        assert_stopped("a step has no definition");
        assert_accepted();
        first(STEP_CREATE_ENTRY)->definition = -1;
        assert_stopped("a step has no definition");
}

static void nothing_comes_twice_before_the_commit(void **state)
{
        first(STEP_CLEAN_TABLE)->kind = STEP_COMMIT_PROGRESS;
        assert_stopped("a step comes before the commit");
}

static void what_is_written_is_what_policy_and_request_say(void **state)
{
        first(STEP_ERASE)->method = ERASE_METHOD_KEYSTREAM;
        assert_stopped("something else is written than the policy says");
        assert_accepted();
        policy.settings.erase_level = ERASE_LEVEL_CLEAR;
        assert_stopped("less is erased than the policy says");
        policy.settings.erase_level = ERASE_LEVEL_UNSET;
        request.level = ERASE_LEVEL_CLEAR;
        assert_stopped("less is erased than was asked for");
}

static void a_partition_is_not_a_way_into_another(void **state)
{
        inventory.partitions[VERITY].start_bytes = inventory.partitions[CONFIG].start_bytes + MIB(1);
        inventory.partitions[VERITY].size_bytes = 512;
        assert_stopped("a step reaches into another partition");
        inventory.partitions[VERITY].size_bytes = 0; /* nothing is nowhere */
        assert_null(plan_guard(&plan, asked, &policy, &inventory));
}

/* Sums would overflow and seem to lie in front of everything. */
static void ranges_that_wrap_around_are_not_taken_for_small_ones(void **state)
{
        first(STEP_CREATE_ENTRY)->start_bytes = UINT64_MAX - MIB(1) + 1;
        first(STEP_CREATE_ENTRY)->size_bytes = MIB(64);
        assert_stopped("a new partition leaves the usable range");
        assert_accepted();
        first(STEP_ERASE)->start_bytes = UINT64_MAX - 511;
        assert_stopped("a step leaves its partition");
}

static void the_table_and_image_are_no_unallocated_space(void **state)
{
        struct plan_step *gap;

        set_partition(STATE, "var", "state", 1421, 2000);
        inventory.partitions[STATE].content = CONTENT_LUKS;
        assert_accepted();
        gap = first(STEP_ERASE_UNALLOCATED);
        inventory.entries_start_bytes = gap->start_bytes + 512;
        assert_stopped("the partition table is erased as unallocated space");
        inventory.entries_start_bytes = 1024;
        inventory.partitions[ROOT].used_bytes = MIB(10) + 1; /* the rest is erased, from the next sector on */
        inventory.first_usable_bytes = MIB(1);
        gap->start_bytes = inventory.partitions[ROOT].start_bytes + MIB(10) + 512;
        gap->size_bytes = 512;
        assert_null(plan_guard(&plan, asked, &policy, &inventory));
        gap->start_bytes -= 512;
        assert_stopped("a partition is erased as unallocated space");
}

static void plain_text_needs_the_policys_word(void **state)
{
        inventory.tpm.present = false;
        first(STEP_ENCRYPT)->kind = STEP_MAKE_FILE_SYSTEM;
        assert_stopped("plain text where the policy does not allow it");
        policy.settings.without_tpm = WITHOUT_TPM_PLAIN;
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].kind == STEP_ENCRYPT || plan.steps[i].kind == STEP_ERASE)
                        plan.steps[i].method = plan.steps[i].kind == STEP_ERASE ? ERASE_METHOD_ZERO : ERASE_METHOD_NONE;
        assert_stopped("encryption is not as defined"); /* the second definition's */
}

static void what_is_new_is_nobodys(void **state)
{
        first(STEP_CREATE_ENTRY)->partition = STATE;
        assert_stopped("a new partition claims an old entry");
}

static void another_disk_is_left_alone_in_every_way(void **state)
{
        inventory.disk_expected.bytes[0] = 9;
        assert_stopped("another disk is erased");
        inventory.disk_expected = inventory.disk_uuid;
        assert_null(plan_guard(&plan, asked, &policy, &inventory));
}

static void a_device_in_use_is_no_new_one(void **state)
{
        inventory.partition_count = CONFIG;
        asked = NULL;
        assert_accepted();
        inventory.built_before = true;
        assert_stopped("a device that lost its partitions is taken for a new one");
        inventory.built_before = false;
        plan.begun_as_first_boot = false;
        plan.tpm_clear = TPM_CLEAR_SKIP;
        assert_stopped("a first boot has not begun as one");
}

static void what_lies_beyond_partitions_goes(void **state)
{
        static const enum step_kind kinds[] = { STEP_CLEAN_ESP, STEP_CLEAN_VARIABLES, STEP_CLEAN_TABLE };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                assert_accepted();
                first(kinds[i])->kind = kinds[(i + 1) % ARRAY_SIZE(kinds)];
                assert_stopped("what lies beyond partitions is left");
        }
}

static void what_is_told_of_a_partition_is_what_is_done(void **state)
{
        plan.fates[STATE] = FATE_KEPT;
        assert_stopped("a partition's fate is told wrongly");
        assert_accepted();
        plan.fates[ESP] = FATE_ERASED;
        assert_stopped("a partition's fate is told wrongly");
}

/* -- additional disks -- */

static void add_disk(const char *serial, enum media_bus bus)
{
        struct inventory_disk *disk = &inventory.disks[inventory.disk_count];

        memset(disk, 0, sizeof(*disk));
        (void)strcpy(disk->media.serial, serial);
        disk->media.bus = bus;
        disk->media.size_bytes = MIB(200);
        disk->hardware = (uint32_t)inventory.disk_count++;
}

static int set_up_disks(void **state)
{
        (void)set_up(state);
        add_disk("S1", MEDIA_NVME);
        settings("[Disk]\nid=serial:S1\nlevel=clear\n");
        assert_accepted();
        assert_int_equal(plan.disks.count, 1);
        return 0;
}

static void a_choice_of_disks_stays_in_its_arrays(void **state)
{
        plan.disks.chosen[0].disk = inventory.disk_count;
        assert_stopped("a chosen disk or its section does not exist");
        assert_accepted();
        plan.disks.chosen[0].definition = policy.settings.disk_count;
        assert_stopped("a chosen disk or its section does not exist");
        assert_accepted();
        plan.disks.count = INVENTORY_DISKS_MAX + 1;
        assert_stopped("a first boot erases disks");
}

static void a_disk_is_not_chosen_for_less_than_a_level(void **state)
{
        plan.disks.chosen[0].level = ERASE_LEVEL_UNSET;
        assert_stopped("a disk has no level");
        assert_accepted();
        plan.disks.chosen[0].level = ERASE_LEVEL_CRYPTO;
        assert_stopped("a disk is erased less than the policy says");
}

static void a_step_on_a_disk_names_one_and_no_other_step_does(void **state)
{
        first(STEP_ERASE_DISK)->start_bytes = 512;
        assert_stopped("a step leaves its disk");
        assert_accepted();
        first(STEP_CLEAN_TABLE)->additional_disk = 1;
        assert_stopped("a step is on a disk that is not chosen");
        assert_accepted();
        first(STEP_DESTROY_DISK_KEYS)->size_bytes -= 512;
        assert_stopped("a disk is erased in part");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(counts_are_looked_at_before_arrays, set_up_machine),
                cmocka_unit_test_setup(nothing_comes_twice_before_the_commit, set_up_machine),
                cmocka_unit_test_setup(what_is_written_is_what_policy_and_request_say, set_up_machine),
                cmocka_unit_test_setup(a_partition_is_not_a_way_into_another, set_up_machine),
                cmocka_unit_test_setup(ranges_that_wrap_around_are_not_taken_for_small_ones, set_up_machine),
                cmocka_unit_test_setup(the_table_and_image_are_no_unallocated_space, set_up_machine),
                cmocka_unit_test_setup(plain_text_needs_the_policys_word, set_up_machine),
                cmocka_unit_test_setup(what_is_new_is_nobodys, set_up_machine),
                cmocka_unit_test_setup(another_disk_is_left_alone_in_every_way, set_up_machine),
                cmocka_unit_test_setup(a_device_in_use_is_no_new_one, set_up_machine),
                cmocka_unit_test_setup(what_lies_beyond_partitions_goes, set_up_machine),
                cmocka_unit_test_setup(what_is_told_of_a_partition_is_what_is_done, set_up_machine),
                cmocka_unit_test_setup(a_choice_of_disks_stays_in_its_arrays, set_up_disks),
                cmocka_unit_test_setup(a_disk_is_not_chosen_for_less_than_a_level, set_up_disks),
                cmocka_unit_test_setup(a_step_on_a_disk_names_one_and_no_other_step_does, set_up_disks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
