/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guard's rules at their bounds: what just passes beside what is just stopped, and labels that are empty or have one letter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

static const char UNMARKED[] = "something unmarked, the ESP or the image is erased";
static const char IN_PARTITION[] = "a partition is erased as unallocated space";
static const char OUTSIDE[] = "unallocated space leaves the usable range";

static void assert_passes(void)
{
        const char *broken = plan_guard(&plan, asked, &policy, &inventory);

        if (broken)
                fail_msg("stopped: %s", broken);
}

static void assert_stopped(const char *rule)
{
        const char *broken = plan_guard(&plan, asked, &policy, &inventory);

        if (!broken)
                fail_msg("let pass: %s", rule);
        assert_string_equal(broken, rule);
}

static int set_up_plan(void **state)
{
        (void)set_up(state);
        inventory.disk_uuid.bytes[0] = 1;
        inventory.partitions[STATE].size_bytes = MIB(1000); /* there is a gap behind it */
        assert_accepted();
        return 0;
}

static struct plan_step *first(enum step_kind kind)
{
        int index = find_step(&plan, kind, -1, -1);

        assert_true(index >= 0);
        return &plan.steps[index];
}

static void insert(size_t index, struct plan_step step)
{
        memmove(&plan.steps[index + 1], &plan.steps[index], (plan.step_count - index) * sizeof(step));
        plan.steps[index] = step;
        plan.step_count++;
}

static void swap(struct plan_step *a, struct plan_step *b)
{
        struct plan_step step = *a;

        *a = *b;
        *b = step;
}

/* The range that is erased as unallocated space. */
static void unallocated(uint64_t start, uint64_t size)
{
        first(STEP_ERASE_UNALLOCATED)->start_bytes = start;
        first(STEP_ERASE_UNALLOCATED)->size_bytes = size;
}

/* -- labels -- */

static void a_label_of_one_letter_is_a_label_and_an_empty_one_is_none(void **state)
{
        static const char *const labels[] = { "s", "" };

        for (unsigned i = 0; i < 2; i++) {
                (void)set_up(NULL);
                inventory.partitions[STATE].size_bytes = MIB(1000);
                set_partition(PARTITIONS, "var", "state", 2500, 100); /* its twin */
                assert_accepted();
                assert_true(erases(PARTITIONS));
                (void)strcpy(policy.partitions[STATE_DEFINITION].label, labels[i]);
                (void)strcpy(inventory.partitions[STATE].name, labels[i]);
                (void)strcpy(inventory.partitions[PARTITIONS].name, labels[i]);
                if (i == 0)
                        assert_passes();
                else
                        assert_stopped(UNMARKED);
        }
}

/* By its type alone, whatever the one and only partition is called. */
static void a_definition_without_a_label_takes_any_of_its_type(void **state)
{
        policy.partitions[CONFIG_DEFINITION].label[0] = '\0';
        inventory.partitions[CONFIG].name[0] = '\0';
        assert_passes();
        (void)strcpy(inventory.partitions[CONFIG].name, "x");
        assert_passes();
        (void)strcpy(policy.partitions[CONFIG_DEFINITION].label, "y");
        assert_passes();
        (void)strcpy(inventory.partitions[VERITY].name, "y"); /* there is its own, and it takes another one */
        inventory.partitions[VERITY].type = inventory.partitions[CONFIG].type;
        assert_stopped(UNMARKED);
}

static void a_definition_takes_the_one_in_its_slot_wherever_it_stands(void **state)
{
        struct inventory_partition *behind = &inventory.partitions[PARTITIONS];

        (void)strcpy(inventory.partitions[CONFIG].name, "other");
        assert_accepted();
        *behind = inventory.partitions[CONFIG]; /* of an earlier table */
        (void)strcpy(behind->name, "config");
        assert_passes();
        inventory.partitions[ESP].type = behind->type;
        (void)strcpy(inventory.partitions[ESP].name, "config");
        assert_stopped(UNMARKED);
        policy.partitions[policy.partition_count] = policy.partitions[CONFIG_DEFINITION]; /* of an earlier image */
        assert_stopped(UNMARKED);
        policy.partition_count++; /* by its slot it is that one's */
        assert_stopped("a partition is taken for another definition's");
}

static void what_the_image_has_for_itself_need_not_be_erased(void **state)
{
        struct partition_definition *definition = &policy.partitions[policy.partition_count++];

        *definition = (struct partition_definition){ .type = inventory.partitions[ROOT].type, .factory_reset = true };
        (void)strcpy(definition->label, inventory.partitions[ROOT].name);
        assert_passes();
}

/* The first definition's place is one as any other. */
static void an_image_does_not_take_the_place_of_a_volume(void **state)
{
        (void)set_up(NULL);
        policy.partitions[CONFIG_DEFINITION].factory_reset = false;
        policy.partitions[CONFIG_DEFINITION].encrypt = ENCRYPT_OFF;
        inventory.partitions[CONFIG].role = ROLE_IMAGE;
        assert_accepted();
        assert_passes();
        policy.partitions[CONFIG_DEFINITION].factory_reset = true;
        assert_stopped("ESP or image stand where a volume has to be erased");
}

static void what_no_definition_encrypts_is_not_only_discarded(void **state)
{
        (void)set_up(NULL);
        inventory.partitions[STATE].size_bytes = MIB(1000);
        set_partition(PARTITIONS, "var", "state", 2500, 100);
        inventory.partitions[PARTITIONS].content = CONTENT_LUKS;
        assert_accepted();
        struct plan_step *step = &plan.steps[find_step(&plan, STEP_ERASE, PARTITIONS, -1)];
        assert_int_equal(step->definition, -1);
        step->method = ERASE_METHOD_DISCARD;
        assert_stopped("what may be plain text is only discarded");
}

/* -- ranges -- */

static void a_step_reaches_into_no_other_partition_wherever_that_stands(void **state)
{
        inventory.partitions[ESP].size_bytes = MIB(1400);
        assert_stopped("a step reaches into another partition");
}

static void unallocated_space_is_none_of_any_partition(void **state)
{
        struct inventory_partition *image = &inventory.partitions[VERITY];

        unallocated(MIB(2), MIB(1));
        assert_stopped(IN_PARTITION);
        unallocated(MIB(2), 1);
        assert_stopped(IN_PARTITION);
        unallocated(MIB(2), 0); /* which is nothing */
        assert_passes();
        unallocated(image->start_bytes + MIB(50), MIB(1));
        assert_stopped(IN_PARTITION);
        image->used_bytes = MIB(50) - 511; /* the sector it ends in belongs to it */
        assert_passes();
        image->used_bytes = MIB(50) + 1;
        assert_stopped(IN_PARTITION);
        image->role = ROLE_OTHER; /* what others use, nobody knows */
        image->used_bytes = MIB(1);
        assert_stopped(IN_PARTITION);
}

/* A partition that ends within a sector, as no table can say. */
static void an_image_is_what_it_uses_in_whole_sectors(void **state)
{
        struct inventory_partition *image = &inventory.partitions[VERITY];
        uint64_t whole = MIB(10);

        (void)set_up(NULL);
        inventory.partitions[CONFIG].start_bytes += MIB(1); /* room behind the image */
        inventory.partitions[CONFIG].size_bytes -= MIB(1);
        policy.partitions[CONFIG_DEFINITION].size_min_bytes = 0;
        assert_accepted();
        image->size_bytes = whole + 100;
        image->used_bytes = whole - 5;
        unallocated(image->start_bytes + whole, 100);
        assert_passes();
        unallocated(image->start_bytes + whole - 1, 100);
        assert_stopped(IN_PARTITION);
        image->used_bytes = whole + 99;
        assert_stopped(IN_PARTITION);
        unallocated(image->start_bytes + whole + 100, 100);
        assert_passes();
}

static void unallocated_space_lies_in_the_usable_range_of_which_there_may_be_none(void **state)
{
        uint64_t start = first(STEP_ERASE_UNALLOCATED)->start_bytes;

        unallocated(inventory.last_usable_bytes + 1, 0);
        assert_passes();
        unallocated(inventory.last_usable_bytes + 1, 1);
        assert_stopped(OUTSIDE);
        unallocated(start, 1);
        assert_passes();
        inventory.first_usable_bytes = start;
        inventory.last_usable_bytes = start; /* a table that says nothing is usable */
        assert_stopped(OUTSIDE);
        inventory.last_usable_bytes = start - 1;
        assert_stopped(OUTSIDE);
        inventory.last_usable_bytes = UINT64_MAX; /* the last byte of all has no end */
        unallocated(start, UINT64_MAX - start + 1);
        assert_stopped(OUTSIDE);
}

static void the_boot_code_is_erased_where_all_is(void **state)
{
        inventory.first_usable_bytes = 0;
        unallocated(0, 512);
        assert_stopped("the boot loader's area is erased");
        policy.settings.unallocated = UNALLOCATED_ALL;
        assert_passes();
}

static void without_sectors_there_is_no_unallocated_space(void **state)
{
        inventory.sector_size = 1;
        assert_passes();
        inventory.sector_size = 0;
        assert_stopped("unallocated space is erased though it is not meant");
}

/* -- what is built -- */

static void a_new_partition_is_aligned_in_its_own_place(void **state)
{
        static const char unaligned[] = "a new partition is not aligned";
        struct plan_step *step = first(STEP_CREATE_ENTRY), good = *step;

        step->start_bytes += 2048;
        assert_stopped(unaligned);
        *step = good;
        step->size_bytes -= 2048;
        assert_stopped(unaligned);
        *step = good;
        step->size_bytes = 0;
        policy.partitions[step->definition].size_min_bytes = 0;
        assert_stopped("a new partition is too small");
        *step = good;
        step->start_bytes = inventory.partitions[ESP].start_bytes;
        assert_stopped("a new partition overlaps an old one");
        *step = good;
        step->partition = 0;
        assert_stopped("a new partition claims an old entry");
}

/* Which systemd-repart gives it, whatever its definition says: 16 KiB. */
static void a_signature_has_the_room_of_a_signature(void **state)
{
        (void)set_up(NULL);
        inventory.partitions[STATE].size_bytes = MIB(1000);
        define("30-sig.conf", "[Partition]\nType=root-verity-sig\nSizeMinBytes=1M\n");
        assert_accepted();
        struct plan_step *step = &plan.steps[find_step(&plan, STEP_CREATE_ENTRY, -1, STATE_DEFINITION + 1)];
        step->size_bytes = 4 * 4096;
        assert_passes();
        step->size_bytes = 3 * 4096;
        assert_stopped("a new partition is too small");
}

static void something_is_built_for_a_definition_that_there_is(void **state)
{
        struct plan_step step = *first(STEP_CREATE_ENTRY);
        size_t index = (size_t)(first(STEP_CREATE_ENTRY) - plan.steps);

        step.definition = (int)policy.partition_count;
        plan.entries[policy.partition_count] = plan.entries[first(STEP_CREATE_ENTRY)->definition];
        step.size_bytes = 0;
        insert(index + 1, step); /* behind one that is right, in whose slot it would be */
        assert_stopped("a step has no definition");
        swap(&plan.steps[index], &plan.steps[index + 1]);
        assert_stopped("a step has no definition");
        plan.steps[index].definition = -1;
        assert_stopped("a step has no definition");
}

static void nothing_is_built_on_what_comes_behind_it(void **state)
{
        size_t deleted;

        set_partition(PARTITIONS, "var", "state", 2500, 100); /* a look-alike, whose entry goes */
        assert_accepted();
        deleted = (size_t)(first(STEP_DELETE_ENTRY) - plan.steps);
        swap(first(STEP_CREATE_ENTRY), &plan.steps[find_step(&plan, STEP_ENCRYPT, -1, first(STEP_CREATE_ENTRY)->definition)]);
        assert_stopped("a partition is filled before it is made");
        assert_accepted();
        while (plan.steps[deleted + 1].kind == STEP_DELETE_ENTRY)
                deleted++;
        swap(&plan.steps[deleted], &plan.steps[deleted + 1]);
        assert_stopped("something is built before the old entries are gone");
}

/* -- counts -- */

static void as_many_steps_and_reasons_as_there_can_be_are_looked_at(void **state)
{
        size_t index = (size_t)(first(STEP_ERASE_UNALLOCATED) - plan.steps);

        while (plan.step_count < PLAN_STEPS_MAX)
                insert(index, plan.steps[index]);
        assert_passes();
        plan.step_count = 0;
        plan.refusal_count = PLAN_REFUSALS_MAX;
        assert_passes();
        plan.refusal_count++;
        assert_stopped("a count leaves its array");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_label_of_one_letter_is_a_label_and_an_empty_one_is_none, set_up_plan),
                cmocka_unit_test_setup(a_definition_without_a_label_takes_any_of_its_type, set_up_plan),
                cmocka_unit_test_setup(a_definition_takes_the_one_in_its_slot_wherever_it_stands, set_up_plan),
                cmocka_unit_test_setup(what_the_image_has_for_itself_need_not_be_erased, set_up_plan),
                cmocka_unit_test_setup(an_image_does_not_take_the_place_of_a_volume, set_up_plan),
                cmocka_unit_test_setup(what_no_definition_encrypts_is_not_only_discarded, set_up_plan),
                cmocka_unit_test_setup(a_step_reaches_into_no_other_partition_wherever_that_stands, set_up_plan),
                cmocka_unit_test_setup(unallocated_space_is_none_of_any_partition, set_up_plan),
                cmocka_unit_test_setup(an_image_is_what_it_uses_in_whole_sectors, set_up_plan),
                cmocka_unit_test_setup(unallocated_space_lies_in_the_usable_range_of_which_there_may_be_none, set_up_plan),
                cmocka_unit_test_setup(the_boot_code_is_erased_where_all_is, set_up_plan),
                cmocka_unit_test_setup(without_sectors_there_is_no_unallocated_space, set_up_plan),
                cmocka_unit_test_setup(a_new_partition_is_aligned_in_its_own_place, set_up_plan),
                cmocka_unit_test_setup(a_signature_has_the_room_of_a_signature, set_up_plan),
                cmocka_unit_test_setup(something_is_built_for_a_definition_that_there_is, set_up_plan),
                cmocka_unit_test_setup(nothing_is_built_on_what_comes_behind_it, set_up_plan),
                cmocka_unit_test_setup(as_many_steps_and_reasons_as_there_can_be_are_looked_at, set_up_plan),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
