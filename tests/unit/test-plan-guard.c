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
        first(STEP_DESTROY_KEYS)->definition = (int)policy.partition_count;
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
        gap->method = ERASE_METHOD_DISCARD;
        assert_stopped("unallocated space may hold plain text");
        policy.settings.boot_loader_bytes = MIB(4000); /* reaches no further than the first partition */
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

static void drop(enum step_kind kind)
{
        size_t kept = 0;

        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].kind != kind)
                        plan.steps[kept++] = plan.steps[i];
        plan.step_count = kept;
}

static void plain_text_needs_the_policys_word(void **state)
{
        inventory.tpm.present = false;
        drop(STEP_ENCRYPT);
        assert_stopped("plain text where the policy does not allow it");
        policy.settings.without_tpm = WITHOUT_TPM_PLAIN;
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].kind == STEP_ERASE)
                        plan.steps[i].method = ERASE_METHOD_ZERO;
        assert_null(plan_guard(&plan, asked, &policy, &inventory));
        policy.partitions[CONFIG_DEFINITION].encrypt = ENCRYPT_OFF;
        inventory.tpm.present = true;
        assert_stopped("encryption is not as defined"); /* the second definition's */
}

static void swap(enum step_kind one, enum step_kind other)
{
        struct plan_step *a = first(one), *b = first(other), moved = *a;

        *a = *b;
        *b = moved;
}

static void what_is_built_is_built_whole_once_and_in_order(void **state)
{
        drop(STEP_MAKE_FILE_SYSTEM);
        assert_stopped("the file system is not as defined");
        assert_accepted();
        plan.steps[plan.step_count++] = *first(STEP_RETIRE_REQUEST);
        assert_stopped("a step is done twice");
        assert_accepted();
        swap(STEP_ENCRYPT, STEP_MAKE_FILE_SYSTEM);
        assert_stopped("a partition is filled before it is made");
        assert_accepted();
        swap(STEP_MAKE_FILE_SYSTEM, STEP_COPY_TREE);
        assert_stopped("a partition is filled before it is made");
        assert_accepted();
        set_partition(STATE, "var", "state", 1431, 1000);
        set_partition(PARTITIONS, "var", "state", 2431, 10); /* a look-alike, whose entry goes */
        assert_accepted();
        swap(STEP_DELETE_ENTRY, STEP_CREATE_ENTRY);
        assert_stopped("something is built before the old entries are gone");
        assert_accepted();
        for (size_t i = 0, kept = 0; i < plan.step_count; i++) { /* nothing of the second definition is built */
                if (plan.steps[i].definition != STATE_DEFINITION || plan.steps[i].partition >= 0)
                        plan.steps[kept++] = plan.steps[i];
                if (i + 1 == plan.step_count) {
                        plan.step_count = kept;
                        break;
                }
        }
        assert_stopped("what is erased is not rebuilt");
}

static void what_is_erased_is_its_own_definitions(void **state)
{
        first(STEP_DESTROY_KEYS)->definition = STATE_DEFINITION;
        assert_stopped("a partition is taken for another definition's");
}

/* Whatever a reset makes, the next one takes for the same definition's. */
static void what_is_built_takes_its_slot(void **state)
{
        static const struct {
                uint32_t number;
                const char *rule;
        } cases[] = {
                { 6, "a partition is rebuilt in another slot" },
                { ROOT + 1, "a new partition takes the slot of another one" },
                { CONFIG + 1, "two new partitions have one slot" },
                { 0, "a new partition comes in front of one of its type" },
                { INVENTORY_PARTITIONS_MAX + 1, "a partition is rebuilt in another slot" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_accepted();
                plan.entries[STATE_DEFINITION].number = cases[i].number;
                assert_stopped(cases[i].rule);
        }
        inventory.partition_count = CONFIG;
        asked = NULL;
        assert_accepted();
        plan.entries[CONFIG_DEFINITION].number = plan.entries[STATE_DEFINITION].number;
        assert_stopped("two new partitions have one slot");
        plan.entries[CONFIG_DEFINITION].number = 0;
        assert_stopped("a new partition has no slot");
        plan.entries[CONFIG_DEFINITION].number = INVENTORY_PARTITIONS_MAX + 1;
        assert_stopped("a new partition has no slot");
}

static void a_first_boot_builds_by_definitions_and_entries(void **state)
{
        inventory.partition_count = CONFIG;
        asked = NULL;
        assert_accepted();
        first(STEP_CREATE_ENTRY)->definition = -1;
        assert_stopped("a step has no definition");
        assert_accepted();
        drop(STEP_CREATE_ENTRY);
        assert_stopped("something is built without an entry");
}

static void hooks_run_last_and_only_where_the_image_says_so(void **state)
{
        policy.settings.hooks_after_rebuild = true;
        assert_stopped("hooks are run unasked, or not");
        assert_accepted();
        swap(STEP_RUN_HOOKS, STEP_VERIFY_TREE);
        assert_stopped("hooks run before all is verified");
}

static void redirect(int from, int to, int definition)
{
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].partition == from) {
                        plan.steps[i].partition = to;
                        plan.steps[i].definition = definition;
                }
}

/* A third partition that a definition keeps, of the type of one that is erased. */
static void keep_srv(const char *name_of_the_other)
{
        define("30-srv.conf", "[Partition]\nType=var\nLabel=srv\nFormat=ext4\nSizeMinBytes=1M\n");
        set_partition(STATE, "var", name_of_the_other, 1421, 100);
        set_partition(PARTITIONS, "var", "srv", 1521, 100);
        assert_accepted();
        assert_int_equal(plan.fates[PARTITIONS], FATE_KEPT);
        assert_true(erases(STATE));
}

/* What the plan says of whose partition it is, is not believed where its name says otherwise. */
static void what_a_definition_keeps_by_name_goes_for_no_reason_of_the_plans(void **state)
{
        keep_srv("other"); /* which "state" takes by its type, and could as well have taken the one that is kept */
        redirect(STATE, PARTITIONS, STATE_DEFINITION);
        assert_stopped("something unmarked, the ESP or the image is erased");
        inventory.partitions[PARTITIONS].attributes = GPT_ATTRIBUTE_ERASE; /* the mark on the disk is one */
        assert_null(plan_guard(&plan, asked, &policy, &inventory)
                            ? strstr(plan_guard(&plan, asked, &policy, &inventory), "unmarked")
                            : NULL);
}

static void what_is_surplus_of_one_name_is_not_kept_by_it(void **state)
{
        keep_srv("state");
        set_partition(PARTITIONS + 1, "var", "srv", 1621, 100);
        policy.settings.undeclared = UNDECLARED_ERASE;
        assert_accepted();
        assert_true(erases(PARTITIONS + 1)); /* as undeclared: one definition has one partition */
        policy.settings.undeclared = UNDECLARED_KEEP;
        assert_stopped("something unmarked, the ESP or the image is erased");
}

static void undeclared_is_only_what_no_definition_can_want(void **state)
{
        keep_srv("state");
        policy.settings.undeclared = UNDECLARED_ERASE;
        set_partition(PARTITIONS, "var", "renamed", 1521, 100); /* still of "srv", by its type */
        assert_accepted();
        assert_int_equal(plan.fates[PARTITIONS], FATE_KEPT);
        redirect(STATE, PARTITIONS, -1);
        assert_stopped("something unmarked, the ESP or the image is erased");
}

/* Whoever can write the table can put a mark there. */
static void no_mark_makes_image_or_esp_erasable(void **state)
{
        static const int theirs[] = { ESP, ROOT };

        for (size_t i = 0; i < ARRAY_SIZE(theirs); i++) {
                (void)set_up_machine(state);
                inventory.partitions[theirs[i]].attributes = GPT_ATTRIBUTE_ERASE;
                assert_accepted();
                redirect(STATE, theirs[i], -1);
                assert_stopped("something unmarked, the ESP or the image is erased");
        }
}

static void phases_do_not_fall(void **state)
{
        swap(STEP_CLEAR_TPM, STEP_ERASE);
        assert_stopped("a step comes before one of an earlier phase");
}

static void a_definition_takes_no_other_partition_while_its_own_is_there(void **state)
{
        set_partition(STATE, "var", "state", 1421, 2000);
        set_partition(PARTITIONS, "var", "other", 3421, 100);
        assert_accepted();
        for (size_t i = 0; i < plan.step_count; i++)
                if (plan.steps[i].partition == STATE)
                        plan.steps[i].partition = PARTITIONS;
        assert_stopped("something unmarked, the ESP or the image is erased");
}

static void a_tpm_that_is_there_is_cleared_unless_nobody_wants_it(void **state)
{
        policy.settings.tpm_clear = TPM_CLEAR_TRY;
        assert_accepted();
        drop(STEP_CLEAR_TPM);
        assert_stopped("the TPM is not cleared");
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
                drop(kinds[i]);
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

static void a_disk_that_the_policy_names_is_not_forgotten(void **state)
{
        drop(STEP_ERASE_DISK);
        drop(STEP_DESTROY_DISK_KEYS);
        plan.disks.count = 0;
        assert_stopped("a disk that the policy names is left out");
        policy.settings.disks[0].optional = true;
        assert_null(plan_guard(&plan, asked, &policy, &inventory));
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
                cmocka_unit_test_setup(what_is_built_is_built_whole_once_and_in_order, set_up_machine),
                cmocka_unit_test_setup(what_is_erased_is_its_own_definitions, set_up_machine),
                cmocka_unit_test_setup(what_is_built_takes_its_slot, set_up_machine),
                cmocka_unit_test_setup(a_first_boot_builds_by_definitions_and_entries, set_up_machine),
                cmocka_unit_test_setup(hooks_run_last_and_only_where_the_image_says_so, set_up_machine),
                cmocka_unit_test_setup(what_a_definition_keeps_by_name_goes_for_no_reason_of_the_plans, set_up_machine),
                cmocka_unit_test_setup(what_is_surplus_of_one_name_is_not_kept_by_it, set_up_machine),
                cmocka_unit_test_setup(undeclared_is_only_what_no_definition_can_want, set_up_machine),
                cmocka_unit_test_setup(no_mark_makes_image_or_esp_erasable, set_up_machine),
                cmocka_unit_test_setup(phases_do_not_fall, set_up_machine),
                cmocka_unit_test_setup(a_definition_takes_no_other_partition_while_its_own_is_there, set_up_machine),
                cmocka_unit_test_setup(a_tpm_that_is_there_is_cleared_unless_nobody_wants_it, set_up_machine),
                cmocka_unit_test_setup(what_is_new_is_nobodys, set_up_machine),
                cmocka_unit_test_setup(another_disk_is_left_alone_in_every_way, set_up_machine),
                cmocka_unit_test_setup(a_device_in_use_is_no_new_one, set_up_machine),
                cmocka_unit_test_setup(what_lies_beyond_partitions_goes, set_up_machine),
                cmocka_unit_test_setup(what_is_told_of_a_partition_is_what_is_done, set_up_machine),
                cmocka_unit_test_setup(a_choice_of_disks_stays_in_its_arrays, set_up_disks),
                cmocka_unit_test_setup(a_disk_that_the_policy_names_is_not_forgotten, set_up_disks),
                cmocka_unit_test_setup(a_disk_is_not_chosen_for_less_than_a_level, set_up_disks),
                cmocka_unit_test_setup(a_step_on_a_disk_names_one_and_no_other_step_does, set_up_disks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
