/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images that an update writes to one pair of partitions while the other one runs: the mark of their definitions is about the
 * pair that does not run, and never about the one that does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/plan-fixture.h"

enum { B_ROOT = PARTITIONS, B_VERITY, A_SIGNATURE, B_SIGNATURE, ALL };
enum { FIRST_SLOT = 2, SLOTS = 6 }; /* definitions, behind config and state */
enum pair { A, B };

#define SIGNATURE_BYTES (16u << 10) /* systemd-repart's, whatever SizeMinBytes= says */

static const size_t pairs[][3] = { [A] = { ROOT, VERITY, A_SIGNATURE }, [B] = { B_ROOT, B_VERITY, B_SIGNATURE } };
static const size_t definitions[][3] = { [A] = { 2, 3, 4 }, [B] = { 5, 6, 7 } };

static const struct {
        const char *file, *text;
} slots[SLOTS] = {
        { "50-root-a.conf", "[Partition]\nType=root\nLabel=_empty\nSizeMinBytes=1000M\nSizeMaxBytes=1000M\n" },
        { "51-verity-a.conf", "[Partition]\nType=root-verity\nLabel=_empty\nSizeMinBytes=100M\nSizeMaxBytes=100M\n" },
        { "52-signature-a.conf", "[Partition]\nType=root-verity-sig\nFormat=empty\nSizeMinBytes=4M\n" },
        { "60-root-b.conf", "[Partition]\nType=root\nLabel=_empty\nSizeMinBytes=1000M\nSizeMaxBytes=1000M\n" },
        { "61-verity-b.conf", "[Partition]\nType=root-verity\nLabel=_empty\nSizeMinBytes=100M\nSizeMaxBytes=100M\n" },
        { "62-signature-b.conf", "[Partition]\nType=root-verity-sig\nFormat=empty\nSizeMinBytes=4M\n" },
};

/* As linux/image/image-parts.c tells it, from the hash on the command line. */
static void start_from(enum pair active)
{
        for (size_t i = 0; i < ARRAY_SIZE(pairs[A]); i++) {
                inventory.partitions[pairs[active][i]].role = ROLE_IMAGE;
                inventory.partitions[pairs[!active][i]].role = ROLE_OTHER;
        }
}

static int set_up_slots(void **state)
{
        (void)set_up(state);
        inventory.last_usable_bytes = MIB(8191) - 1;
        set_partition(B_ROOT, "root", "system_2", 4095, 1000);
        set_partition(B_VERITY, "root-verity", "system_2", 5095, 100);
        set_partition(A_SIGNATURE, "root-verity-sig", "system_1", 5195, 1);
        set_partition(B_SIGNATURE, "root-verity-sig", "system_2", 5196, 1);
        inventory.partitions[A_SIGNATURE].size_bytes = inventory.partitions[B_SIGNATURE].size_bytes = SIGNATURE_BYTES;
        for (size_t i = 0; i < SLOTS; i++)
                define(slots[i].file, slots[i].text);
        return 0;
}

static void mark(enum pair pair)
{
        for (size_t i = 0; i < ARRAY_SIZE(definitions[A]); i++)
                policy.partitions[definitions[pair][i]].factory_reset = true;
}

static void assert_stays(enum pair pair)
{
        for (size_t i = 0; i < ARRAY_SIZE(pairs[A]); i++) {
                const size_t p = pairs[pair][i];
                const struct inventory_partition *partition = &inventory.partitions[p];

                assert_int_not_equal(plan.fates[p], FATE_ERASED);
                for (size_t s = 0; s < plan.step_count; s++) {
                        assert_int_not_equal(plan.steps[s].partition, p);
                        assert_int_not_equal(plan.steps[s].definition, definitions[pair][i]);
                        assert_true(plan.steps[s].additional_disk > 0 || plan.steps[s].partition >= 0 ||
                                    plan.steps[s].size_bytes == 0 ||
                                    plan.steps[s].start_bytes >= partition->start_bytes + partition->size_bytes ||
                                    plan.steps[s].start_bytes + plan.steps[s].size_bytes <= partition->start_bytes);
                }
        }
}

/* Every byte, and an entry in the same slot and place, called as a new one is and with nothing in it. */
static void assert_emptied(enum pair pair)
{
        for (size_t i = 0; i < ARRAY_SIZE(pairs[A]); i++) {
                const int p = (int)pairs[pair][i], d = (int)definitions[pair][i];
                const struct inventory_partition *partition = &inventory.partitions[p];
                const struct plan_step *erased = step_of(STEP_ERASE, p, -1), *created = step_of(STEP_CREATE_ENTRY, -1, d);

                assert_int_equal(plan.fates[p], FATE_ERASED);
                assert_int_equal(erased->method, ERASE_METHOD_ZERO);
                assert_true(erased->size_bytes == partition->size_bytes);
                assert_true(created->start_bytes == partition->start_bytes && created->size_bytes == partition->size_bytes);
                assert_int_equal(plan.entries[d].number, partition->number);
                assert_string_equal(plan.entries[d].name, "_empty");
                assert_int_equal(find_step(&plan, STEP_MAKE_FILE_SYSTEM, -1, d), -1);
                assert_int_equal(find_step(&plan, STEP_COPY_TREE, -1, d), -1);
                assert_int_equal(find_step(&plan, STEP_ENCRYPT, -1, d), -1);
        }
}

static void both_pairs_stay_where_nothing_marks_them(void **state)
{
        for (enum pair active = A; active <= B; active++) {
                start_from(active);
                assert_accepted();
                assert_stays(A);
                assert_stays(B);
                assert_int_equal(plan.undeclared_count, 0);
                assert_null(strstr(build(), "running-image"));
        }
}

static void the_pair_that_does_not_run_is_emptied_where_both_are_marked(void **state)
{
        mark(A);
        mark(B);
        for (enum pair active = A; active <= B; active++) {
                start_from(active);
                assert_accepted();
                assert_stays(active);
                assert_emptied(!active);
                assert_int_equal(plan.fates[pairs[active][0]], FATE_IMAGE);
        }
}

static void a_mark_on_one_pair_is_about_that_pair(void **state)
{
        for (enum pair marked = A; marked <= B; marked++) {
                (void)set_up_slots(state);
                mark(marked);
                start_from(!marked);
                assert_accepted();
                assert_emptied(marked);
                assert_stays(!marked);
                start_from(marked);
                assert_accepted(); /* it runs */
                assert_stays(A);
                assert_stays(B);
                assert_int_equal(plan.fates[pairs[!marked][0]], FATE_KEPT);
        }
}

static void the_plan_says_what_is_marked_and_stays(void **state)
{
        char type[GUID_TEXT_SIZE], line[160];

        mark(A);
        mark(B);
        start_from(B);
        guid_format(&inventory.partitions[B_ROOT].type, type);
        (void)snprintf(line, sizeof(line), "left  partition 6 \"system_2\" at 4293918720..5342494720 type=%s why=running-image\n",
                       type);
        assert_non_null(strstr(build(), line));
        assert_non_null(strstr(build(), "left  partition 9 \"system_2\" "));
        assert_null(strstr(build(), "left  partition 2 "));
        assert_true(plan_spares_image(&policy, &inventory, B_ROOT) && plan_spares_image(&policy, &inventory, B_SIGNATURE));
        assert_false(plan_spares_image(&policy, &inventory, ROOT));  /* the other one */
        assert_false(plan_spares_image(&policy, &inventory, STATE)); /* no image */
        assert_false(plan_spares_image(&policy, &inventory, ALL));   /* not there */
        policy.partitions[definitions[B][0]].factory_reset = false;
        assert_false(plan_spares_image(&policy, &inventory, B_ROOT)); /* not marked */
        policy.partition_count = FIRST_SLOT;
        assert_false(plan_spares_image(&policy, &inventory, B_SIGNATURE)); /* of no definition */
}

/* Whoever can write the table gives the image the type of a volume, which then would be neither erased nor built. */
static void an_image_in_the_place_of_a_volume_is_refused(void **state)
{
        static const char *const volumes[] = { "Format=ext4\n", "Encrypt=tpm2\n", "Format=empty\n" };

        start_from(A);
        for (size_t i = 0; i < ARRAY_SIZE(volumes); i++) {
                char text[128];

                policy.partition_count = FIRST_SLOT;
                (void)snprintf(text, sizeof(text), "[Partition]\nType=root\nFactoryReset=yes\n%s", volumes[i]);
                define("50-root.conf", text);
                if (i == 2)
                        assert_accepted();
                else
                        (void)assert_refused_only(REFUSE_MARKED_NOT_ERASED);
        }
        policy.partition_count = FIRST_SLOT;
        define("50-data.conf", "[Partition]\nType=linux-generic\nFactoryReset=yes\n");
        define("51-data.conf", "[Partition]\nType=linux-generic\n"); /* so that the image may be of that type */
        inventory.partitions[ROOT].type = policy.partitions[FIRST_SLOT].type;
        (void)assert_refused_only(REFUSE_MARKED_NOT_ERASED);
}

/* As an image for systemd-sysupdate is installed: the first boot makes the slots for what comes later. */
static void a_first_boot_with_one_pair_makes_the_other(void **state)
{
        for (int marked = 0; marked < 2; marked++) {
                (void)set_up_slots(state);
                if (marked) {
                        mark(A);
                        mark(B);
                }
                start_from(A);
                make_first_boot();
                set_partition(CONFIG, "root-verity-sig", "system_1", 1357, 4);
                inventory.partitions[CONFIG].role = ROLE_IMAGE;
                assert_int_equal(plan_boot_start(&policy, &inventory), START_FIRST_BOOT);
                assert_accepted();
                assert_true(plan.first_boot);
                for (size_t i = 0; i < ARRAY_SIZE(definitions[B]); i++) {
                        assert_int_equal(step_of(STEP_CREATE_ENTRY, -1, (int)definitions[B][i])->why, WHY_ABSENT);
                        assert_string_equal(plan.entries[definitions[B][i]].name, "_empty");
                        assert_true(step_of(STEP_CREATE_ENTRY, -1, (int)definitions[B][i])->size_bytes ==
                                    (i == 2 ? SIGNATURE_BYTES : MIB(i == 0 ? 1000 : 100)));
                        assert_int_equal(find_step(&plan, STEP_CREATE_ENTRY, -1, (int)definitions[A][i]), -1);
                }
                /* behind the pair that runs, each behind its kind: so the next start matches them in this order */
                assert_true(plan.entries[definitions[B][0]].number > inventory.partitions[ROOT].number);
                assert_true(plan.entries[definitions[B][1]].number > inventory.partitions[VERITY].number);
                assert_true(plan.entries[definitions[B][2]].number > inventory.partitions[CONFIG].number);
        }
}

/* The update has given the slot another name, other UUIDs and another content. */
static void an_update_that_has_filled_a_slot_changes_nothing(void **state)
{
        inventory.built_before = inventory.has_known = true;
        inventory.known = (1u << (FIRST_SLOT + SLOTS)) - 1;
        for (enum pair active = A; active <= B; active++) {
                start_from(active);
                assert_int_equal(plan_boot_start(&policy, &inventory), START_ORDINARY);
                assert_int_equal(plan_absent(&policy, &inventory), 0);
        }
        inventory.built_before = inventory.has_known = false; /* ... nor before the first boot, which finds it */
        asked = NULL;
        set_partition(CONFIG, "linux-generic", "", 1357, 64); /* so that there is something to build */
        mark(A);
        mark(B);
        start_from(B);
        assert_accepted();
        assert_stays(A);
        assert_stays(B);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(both_pairs_stay_where_nothing_marks_them, set_up_slots),
                cmocka_unit_test_setup(the_pair_that_does_not_run_is_emptied_where_both_are_marked, set_up_slots),
                cmocka_unit_test_setup(a_mark_on_one_pair_is_about_that_pair, set_up_slots),
                cmocka_unit_test_setup(the_plan_says_what_is_marked_and_stays, set_up_slots),
                cmocka_unit_test_setup(an_image_in_the_place_of_a_volume_is_refused, set_up_slots),
                cmocka_unit_test_setup(a_first_boot_with_one_pair_makes_the_other, set_up_slots),
                cmocka_unit_test_setup(an_update_that_has_filled_a_slot_changes_nothing, set_up_slots),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
