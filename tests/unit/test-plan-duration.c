/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Estimates: nothing is promised but their order, and that what takes long on a slow medium counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/plan/plan-duration.h"

#define GIB(n) ((uint64_t)(n) << 30)

static struct plan plan;
static struct policy policy;
static struct inventory inventory;
static struct media_facts medium;

static int set_up(void **state)
{
        memset(&plan, 0, sizeof(plan));
        memset(&inventory, 0, sizeof(inventory));
        policy_init(&policy);
        medium = (struct media_facts){ .bus = MEDIA_ATA };
        return 0;
}

static void add(enum step_kind kind, enum erase_method method, uint64_t size_bytes, uint32_t further_disk)
{
        plan.steps[plan.step_count++] = (struct plan_step){ .kind = kind,
                                                            .method = method,
                                                            .size_bytes = size_bytes,
                                                            .further_disk = further_disk,
                                                            .partition = -1,
                                                            .definition = -1 };
}

static struct plan_duration estimate(void)
{
        return plan_duration(&plan, &policy, &inventory, &medium);
}

static void a_refused_plan_takes_no_time(void **state)
{
        assert_int_equal(estimate().seconds, 0);
}

static void overwriting_takes_longer_than_discarding_and_longer_on_slow_media(void **state)
{
        uint64_t discarded, zeroed, on_a_hard_disk, on_nvme;

        add(STEP_ERASE, ERASE_METHOD_DISCARD, GIB(100), 0);
        discarded = estimate().seconds;
        plan.steps[0].method = ERASE_METHOD_ZERO;
        zeroed = estimate().seconds;
        medium.rotational = true;
        on_a_hard_disk = estimate().seconds;
        medium = (struct media_facts){ .bus = MEDIA_NVME };
        on_nvme = estimate().seconds;
        assert_true(discarded < on_nvme && on_nvme < zeroed && zeroed < on_a_hard_disk);
        policy.settings.verify = VERIFICATION_SAMPLED;
        assert_true(estimate().seconds < on_nvme);
}

static void further_disks_are_worked_on_together(void **state)
{
        uint64_t one, two;

        inventory.disk_count = plan.disks.count = 2;
        policy.settings.disk_count = 1;
        plan.disks.chosen[1].disk = 1;
        inventory.disks[0].media.size_bytes = inventory.disks[1].media.size_bytes = GIB(100);
        add(STEP_ERASE_DISK, ERASE_METHOD_ZERO, GIB(100), 1);
        one = estimate().seconds;
        add(STEP_ERASE_DISK, ERASE_METHOD_ZERO, GIB(100), 2);
        two = estimate().seconds;
        assert_int_equal(one, two);
        assert_false(estimate().device_decides);
        plan.steps[1].method = ERASE_METHOD_PURGE;
        plan.disks.chosen[1].technique = MEDIA_ATA_SECURE_ERASE;
        inventory.disks[1].media.security.minutes = 600;
        assert_true(estimate().seconds >= 600 * 60);
        assert_true(estimate().device_decides);
        inventory.disks[1].is_done = true;
        assert_int_equal(estimate().seconds, one);
}

static void a_volume_with_integrity_is_written_over_once(void **state)
{
        uint64_t without, with;

        policy.partition_count = 1;
        add(STEP_ENCRYPT, ERASE_METHOD_NONE, GIB(100), 0);
        plan.steps[0].definition = 0;
        without = estimate().seconds;
        policy.partitions[0].integrity = INTEGRITY_INLINE;
        with = estimate().seconds;
        assert_true(with >= without + 100 * 1024 / 350);
        medium = (struct media_facts){ .bus = MEDIA_NVME }; /* no faster than the processor makes tags */
        assert_int_equal(estimate().seconds, with);
        medium = (struct media_facts){ .usb = true };
        assert_true(estimate().seconds > with);
        plan.steps[0].size_bytes = 0;
        assert_true(estimate().seconds <= without + 1);
}

static void a_firmware_that_may_ask_is_waited_for(void **state)
{
        add(STEP_CLEAR_TPM, ERASE_METHOD_NONE, 0, 0);
        assert_false(estimate().waits_for_person);
        plan.tpm_way = TPM_WAY_FIRMWARE;
        assert_true(estimate().waits_for_person);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_refused_plan_takes_no_time, set_up),
                cmocka_unit_test_setup(overwriting_takes_longer_than_discarding_and_longer_on_slow_media, set_up),
                cmocka_unit_test_setup(further_disks_are_worked_on_together, set_up),
                cmocka_unit_test_setup(a_volume_with_integrity_is_written_over_once, set_up),
                cmocka_unit_test_setup(a_firmware_that_may_ask_is_waited_for, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
