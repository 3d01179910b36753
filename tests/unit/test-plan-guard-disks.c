/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of the guard over additional disks by itself, with what just passes beside what it stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/plan/plan-guard.h"

#define DISK_SIZE (UINT64_C(1) << 30)

static struct plan plan;
static struct policy policy;
static struct inventory inventory;
static struct inventory_disk *boot = &inventory.disks[0], *one = &inventory.disks[1], *two = &inventory.disks[2];

/* Adds a disk, a section that names it, and its two steps. */
static void choose(size_t disk)
{
        size_t index = plan.disks.count++, definition = policy.settings.disk_count;

        inventory.disks[disk].media.size_bytes = DISK_SIZE;
        inventory.disks[disk].media.wwid[0] = (char)('A' + disk);
        inventory.disks[disk].hardware = (uint32_t)disk;
        if (definition < POLICY_DISKS_MAX)
                policy.settings.disks[policy.settings.disk_count++] =
                        (struct disk_definition){ .match = DISK_MATCH_WWID, .level = ERASE_LEVEL_CLEAR };
        else
                definition--;
        plan.disks.chosen[index] =
                (struct chosen_disk){ .disk = (uint32_t)disk, .definition = (uint32_t)definition, .level = ERASE_LEVEL_CLEAR };
        for (unsigned i = 0; i < 2; i++)
                plan.steps[plan.step_count++] = (struct plan_step){ .kind = i ? STEP_ERASE_DISK : STEP_DESTROY_DISK_KEYS,
                                                                    .partition = -1,
                                                                    .definition = -1,
                                                                    .additional_disk = (uint32_t)index + 1,
                                                                    .method = i ? ERASE_METHOD_ZERO : ERASE_METHOD_NONE,
                                                                    .size_bytes = DISK_SIZE };
}

static int set_up(void **state)
{
        memset(&plan, 0, sizeof(plan));
        memset(&inventory, 0, sizeof(inventory));
        policy_init(&policy);
        inventory.disk_count = 3;
        boot->is_boot_disk = true;
        boot->media.wwid[0] = '@';
        choose(1);
        choose(2);
        return 0;
}

static const char *guard(void)
{
        return plan_guard_disks(&plan, &policy, &inventory);
}

static void assert_passes(void)
{
        const char *broken = guard();

        if (broken)
                fail_msg("stopped: %s", broken);
}

static void assert_stopped(const char *rule)
{
        const char *broken = guard();

        if (!broken)
                fail_msg("let pass: %s", rule);
        assert_string_equal(broken, rule);
}

static void assert_stopped_once(const char *rule)
{
        assert_stopped(rule);
        (void)set_up(NULL);
        assert_passes();
}

static void a_disk_and_its_section_have_to_be_there(void **state)
{
        static const char rule[] = "a chosen disk or its section does not exist";

        assert_passes();
        inventory.disk_count = 2;
        assert_stopped_once(rule);
        policy.settings.disk_count = 1;
        assert_stopped_once(rule);
}

static void only_what_can_be_erased_is_chosen(void **state)
{
        static const char rule[] = "a disk that cannot be erased is chosen";

        one->media.read_only = true;
        assert_stopped_once(rule);
        one->is_held = true;
        assert_stopped_once(rule);
        one->media.size_bytes = plan.steps[0].size_bytes = plan.steps[1].size_bytes = 0;
        assert_stopped(rule);
        one->media.size_bytes = plan.steps[0].size_bytes = plan.steps[1].size_bytes = 1;
        assert_passes();
        one->media.read_only = one->is_held = one->is_done = true; /* it is not touched any more */
        assert_passes();
}

static void no_disk_is_chosen_twice_whichever_it_is(void **state)
{
        for (unsigned i = 0; i < 2; i++) {
                plan.disks.chosen[i].disk = plan.disks.chosen[1 - i].disk;
                assert_stopped_once("a disk is chosen twice");
        }
}

/* Of twins one may be the disk that is to be kept, wherever it stands. */
static void a_disk_with_a_twin_is_not_erased(void **state)
{
        static const char rule[] = "one of two disks with one identity is erased";
        struct inventory_disk *behind = &inventory.disks[3];

        boot->media.wwid[0] = one->media.wwid[0];
        assert_stopped(rule);
        boot->is_virtual = true; /* a partition or a mapping of it is none */
        assert_passes();
        (void)set_up(NULL);
        (void)strcpy(one->media.wwid, "A");
        (void)strcpy(two->media.wwid, "AB");
        assert_passes();
        one->media.wwid[0] = two->media.wwid[0] = two->media.wwid[1] = 0; /* none is no identity */
        assert_passes();
        (void)set_up(NULL);
        behind->media.wwid[0] = one->media.wwid[0]; /* of an earlier reading */
        assert_passes();
        inventory.disk_count++;
        assert_stopped(rule);
        behind->media.wwid[0] = 0;
}

static void a_purge_spares_the_boot_disk_s_hardware(void **state)
{
        static const char rule[] = "a purge takes the boot disk along";

        plan.disks.chosen[1].level = ERASE_LEVEL_PURGE;
        plan.disks.chosen[1].technique = MEDIA_NVME_SANITIZE_BLOCK;
        assert_passes();
        boot->hardware = two->hardware;
        assert_stopped(rule);
        two->is_done = true;
        assert_passes();
        two->is_done = false;
        plan.disks.chosen[1].level = ERASE_LEVEL_CLEAR; /* writes to its own sectors alone */
        assert_passes();
        plan.disks.chosen[1].level = ERASE_LEVEL_PURGE;
        boot->is_boot_disk = false;
        assert_passes();
}

static void each_chosen_disk_has_each_step_once_wherever_it_stands(void **state)
{
        static const char rule[] = "a chosen disk is not erased, or twice";

        for (unsigned i = 0; i < 4; i++) {
                plan.steps[i] = plan.steps[3];
                plan.step_count = 3;
                if (i < 3)
                        assert_stopped(rule);
                (void)set_up(NULL);
                plan.steps[plan.step_count] = plan.steps[i]; /* behind the last one: of an earlier plan */
                assert_passes();
                plan.step_count++;
                assert_stopped_once(rule);
        }
}

/* The first one and the last one, too; and none behind the last. */
static void a_step_is_on_a_chosen_disk_and_all_of_it(void **state)
{
        for (unsigned i = 0; i < 4; i++) {
                plan.steps[i].start_bytes = 512;
                assert_stopped_once("a step leaves its disk");
                plan.steps[i].size_bytes--;
                assert_stopped_once("a disk is erased in part");
                plan.steps[i].method = ERASE_METHOD_DISCARD;
                assert_stopped_once("an additional disk is only discarded");
                plan.steps[i].kind = STEP_WRITE_RECORD;
                assert_stopped_once("a chosen disk is not erased, or twice");
        }
        plan.steps[plan.step_count] = (struct plan_step){ .kind = STEP_ERASE_DISK, .additional_disk = 3 };
        assert_passes();
        plan.step_count++;
        assert_stopped_once("a step is on a disk that is not chosen");
        plan.steps[0].size_bytes = PLAN_GUARD_KEY_AREA_BYTES;
        assert_passes();
}

static void as_many_disks_as_there_can_be_are_erased_and_not_one_more(void **state)
{
        static const char rule[] = "a first boot erases disks";

        for (size_t disk = 3; disk < INVENTORY_DISKS_MAX; disk++)
                choose(disk);
        inventory.disk_count = INVENTORY_DISKS_MAX;
        boot->is_boot_disk = false;
        choose(0);
        assert_int_equal(plan.disks.count, INVENTORY_DISKS_MAX);
        assert_passes();
        plan.disks.count++;
        assert_stopped(rule);
        (void)set_up(NULL);
        plan.begun_as_first_boot = true;
        assert_stopped(rule);
        plan.disks.count = plan.step_count = 0;
        assert_passes();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_disk_and_its_section_have_to_be_there, set_up),
                cmocka_unit_test_setup(only_what_can_be_erased_is_chosen, set_up),
                cmocka_unit_test_setup(no_disk_is_chosen_twice_whichever_it_is, set_up),
                cmocka_unit_test_setup(a_disk_with_a_twin_is_not_erased, set_up),
                cmocka_unit_test_setup(a_purge_spares_the_boot_disk_s_hardware, set_up),
                cmocka_unit_test_setup(each_chosen_disk_has_each_step_once_wherever_it_stands, set_up),
                cmocka_unit_test_setup(a_step_is_on_a_chosen_disk_and_all_of_it, set_up),
                cmocka_unit_test_setup(as_many_disks_as_there_can_be_are_erased_and_not_one_more, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
