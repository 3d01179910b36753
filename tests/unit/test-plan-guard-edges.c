/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guard looks at all that there is, and at no more: its verdict is the same in whatever order entries and definitions stand,
 * and whatever an earlier plan, table or image has left behind the last of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

#define KEPT_LABEL "kept"

enum { TWIN = PARTITIONS, KEPT, NOBODYS };
enum { KEPT_DEFINITION = STATE_DEFINITION + 1, NEW_DEFINITION };

static const char *guard(void)
{
        return plan_guard(&plan, asked, &policy, &inventory);
}

static void clear_leftovers(void)
{
        memset(&plan.steps[plan.step_count], 0, (PLAN_STEPS_MAX - plan.step_count) * sizeof(plan.steps[0]));
        memset(&inventory.partitions[inventory.partition_count], 0,
               (INVENTORY_PARTITIONS_MAX - inventory.partition_count) * sizeof(inventory.partitions[0]));
        memset(&policy.partitions[policy.partition_count], 0,
               (POLICY_PARTITIONS_MAX - policy.partition_count) * sizeof(policy.partitions[0]));
}

static void assert_verdict(const char *verdict, const char *leftover)
{
        const char *now = guard();

        if (now != verdict && (!now || !verdict || strcmp(now, verdict) != 0))
                fail_msg("behind the last one %s: %s instead of %s", leftover, now ? now : "nothing",
                         verdict ? verdict : "nothing");
}

/* `extra`: a step of another plan, or NULL. */
static void assert_leftovers_do_not_matter(const struct plan_step *extra)
{
        struct plan_step *behind = &plan.steps[plan.step_count];
        struct inventory_partition *partition = &inventory.partitions[inventory.partition_count];
        struct partition_definition *definition = &policy.partitions[policy.partition_count];

        clear_leftovers();
        const char *verdict = guard();
        for (size_t i = 0; i < plan.step_count + (extra != NULL); i++) {
                *behind = i < plan.step_count ? plan.steps[i] : *extra;
                assert_verdict(verdict, "a step");
        }
        clear_leftovers();
        for (size_t p = 0; p < inventory.partition_count; p++) {
                *partition = inventory.partitions[p];
                assert_verdict(verdict, "a partition");
                partition->role = ROLE_OTHER;
                partition->attributes = GPT_ATTRIBUTE_ERASE;
                plan.fates[inventory.partition_count] = FATE_KEPT;
                assert_verdict(verdict, "a marked partition");
                plan.fates[inventory.partition_count] = FATE_ERASED;
                *partition = inventory.partitions[p];
                partition->start_bytes = 0;
                partition->size_bytes = UINT64_MAX;
                assert_verdict(verdict, "a large partition");
                (void)memset(partition, 0, sizeof(*partition));
        }
        for (size_t d = 0; d < policy.partition_count; d++) {
                *partition = (struct inventory_partition){ .number = plan.entries[d].number, .type = policy.partitions[d].type };
                assert_verdict(verdict, "a partition in the slot of a new one");
                (void)memset(partition, 0, sizeof(*partition));
                *definition = policy.partitions[d];
                assert_verdict(verdict, "a definition");
                definition->factory_reset = !definition->factory_reset;
                assert_verdict(verdict, "a contrary definition");
                (void)memset(definition, 0, sizeof(*definition));
        }
}

/* Everything that a reset can do, in one: twins by name, an undeclared partition, one that is kept, a new one of its type, gaps,
 * an additional disk, hooks. */
static void set_up_everything(void)
{
        (void)set_up(NULL);
        inventory.disk_uuid.bytes[0] = 1;
        inventory.partitions[STATE].size_bytes = MIB(1000);
        set_partition(TWIN, "var", "state", 2500, 100);
        set_partition(KEPT, "srv", KEPT_LABEL, 2700, 100);
        set_partition(NOBODYS, "linux-generic", "nobody", 2800, 100);
        define("30-kept.conf", "[Partition]\nType=srv\nLabel=" KEPT_LABEL "\nFormat=ext4\n");
        define("40-new.conf", "[Partition]\nType=srv\nFormat=ext4\n");
        settings("[Reset]\nundeclared-partitions=erase\n[Disk]\nid=serial:S1\n");
        policy.settings.hooks_after_rebuild = true;
        set_additional_disk("S1", MIB(1000));
}

static void rotate(void *array, size_t count, size_t size, size_t by)
{
        static uint8_t copy[sizeof(inventory.partitions) + sizeof(policy.partitions)];

        memcpy(copy, array, count * size);
        for (size_t i = 0; i < count; i++)
                memcpy((uint8_t *)array + (i + by) % count * size, copy + i * size, size);
}

static void take_step(size_t index)
{
        memmove(&plan.steps[index], &plan.steps[index + 1], (plan.step_count - index - 1) * sizeof(plan.steps[0]));
        plan.step_count--;
}

/* Unallocated space is there where a step says so, or where something grows. */
static bool may_be_missed(const char *broken)
{
        return !broken || strcmp(broken, "a partition grows over what is not erased") == 0;
}

/* Without any one of its steps a plan is stopped, but for unallocated space that nothing grows into; and but for growth, without
 * which nothing is lost and nothing is left. */
static void no_step_can_be_left_out_in_whatever_order_entries_and_definitions_stand(void **state)
{
        static struct plan good;

        for (size_t by = 0; by < PARTITIONS + 3; by++) {
                set_up_everything();
                rotate(inventory.partitions, inventory.partition_count, sizeof(inventory.partitions[0]), by);
                rotate(policy.partitions, policy.partition_count, sizeof(policy.partitions[0]), by % policy.partition_count);
                assert_accepted();
                good = plan;
                for (size_t i = 0; i < good.step_count; i++) {
                        plan = good;
                        take_step(i);
                        if (good.steps[i].kind == STEP_GROW_ENTRY)
                                assert_null(guard());
                        else if (good.steps[i].kind == STEP_ERASE_UNALLOCATED)
                                assert_true(may_be_missed(guard()));
                        else if (!guard())
                                fail_msg("without %s", step_kind_name(good.steps[i].kind));
                }
        }
}

static void what_stands_behind_the_last_one_changes_no_verdict(void **state)
{
        static struct plan good;

        set_up_everything();
        assert_accepted();
        assert_leftovers_do_not_matter(NULL);
        good = plan;
        for (size_t i = 0; i < good.step_count; i++) {
                plan = good;
                take_step(i);
                assert_leftovers_do_not_matter(&good.steps[i]);
        }
}

/* A definition without FactoryReset=yes when the plan was made, and with it afterwards. */
static void what_the_image_marks_is_not_kept_wherever_it_stands(void **state)
{
        for (size_t by = 0; by < PARTITIONS; by++)
                for (unsigned named = 0; named < 2; named++) {
                        (void)set_up(NULL);
                        if (!named)
                                (void)strcpy(inventory.partitions[CONFIG].name, "other");
                        rotate(inventory.partitions, PARTITIONS, sizeof(inventory.partitions[0]), by);
                        rotate(policy.partitions, 2, sizeof(policy.partitions[0]), by % 2);
                        struct partition_definition *definition = &policy.partitions[by % 2];
                        definition->factory_reset = false;
                        definition->encrypt = ENCRYPT_OFF;
                        assert_accepted();
                        definition->factory_reset = true;
                        assert_string_equal(guard(), "a partition marked by the image is kept");
                        assert_leftovers_do_not_matter(NULL);
                }
}

/* Whatever a slot is wrong for, and wherever in the table that stands. */
static void each_slot_is_looked_at_and_none_behind_the_last(void **state)
{
        static const uint32_t wrong[] = { 0, 1, TWIN + 1, KEPT + 1, 100, INVENTORY_PARTITIONS_MAX + 1 };

        for (size_t by = 0; by < NOBODYS + 1; by++) {
                const struct inventory_partition *first = &inventory.partitions[0];

                set_up_everything();
                rotate(inventory.partitions, inventory.partition_count, sizeof(inventory.partitions[0]), by);
                assert_accepted();
                if (plan.fates[0] != FATE_ERASED) {
                        plan.entries[NEW_DEFINITION].number = first->number;
                        assert_string_equal(guard(), "a new partition takes the slot of another one");
                }
                if (first->number == KEPT + 1) {
                        plan.entries[NEW_DEFINITION].number = TWIN + 1; /* which is free, and in front of it */
                        assert_string_equal(guard(), "a new partition comes in front of one of its type");
                }
                if (first->number == STATE + 1) {
                        plan.entries[STATE_DEFINITION].number = 100;
                        assert_string_equal(guard(), "a partition is rebuilt in another slot");
                }
        }
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                set_up_everything();
                assert_accepted();
                plan.entries[NEW_DEFINITION].number = wrong[i];
                assert_leftovers_do_not_matter(NULL);
        }
}

/* The step that commits is none that erases, and is held against what was asked for all the same. */
static void the_first_step_is_looked_at_as_well(void **state)
{
        (void)set_up(NULL);
        request.level = ERASE_LEVEL_CLEAR;
        assert_accepted();
        plan.steps[0].method = ERASE_METHOD_DISCARD;
        assert_string_equal(guard(), "less is erased than was asked for");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_step_can_be_left_out_in_whatever_order_entries_and_definitions_stand),
                cmocka_unit_test(what_stands_behind_the_last_one_changes_no_verdict),
                cmocka_unit_test(what_the_image_marks_is_not_kept_wherever_it_stands),
                cmocka_unit_test(each_slot_is_looked_at_and_none_behind_the_last),
                cmocka_unit_test(the_first_step_is_looked_at_as_well),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
