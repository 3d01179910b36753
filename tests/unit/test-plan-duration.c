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

static void add(enum step_kind kind, enum erase_method method, uint64_t size_bytes, uint32_t additional_disk)
{
        plan.steps[plan.step_count++] = (struct plan_step){ .kind = kind,
                                                            .method = method,
                                                            .size_bytes = size_bytes,
                                                            .additional_disk = additional_disk,
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

static void additional_disks_are_worked_on_together(void **state)
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

/* Without restarts, which each plan has two of. */
static uint64_t seconds_of(enum step_kind kind, enum erase_method method, uint64_t size_bytes, uint32_t additional_disk)
{
        plan.step_count = 0;
        add(kind, method, size_bytes, additional_disk);
        return estimate().seconds - 2 * 40;
}

static void each_kind_of_medium_has_a_pace_of_its_own(void **state)
{
        static const struct {
                struct media_facts medium;
                uint64_t full, sampled, filled;
        } cases[] = {
                /* 100 GiB: written, and read in whole or at samples; and written once with tags */
                { { .usb = true, .bus = MEDIA_NVME }, 3414 + 2926, 3414 + 10, 3414 + 3 },
                { { .rotational = true, .bus = MEDIA_ATA }, 931 + 854, 931 + 10, 931 + 3 },
                { { .rotational = true, .bus = MEDIA_VIRTIO }, 683 + 342, 683 + 10, 683 + 3 },
                { { .bus = MEDIA_NVME }, 103 + 52, 103 + 10, 513 + 3 },
                { { .bus = MEDIA_ATA }, 293 + 228, 293 + 10, 513 + 3 },
                { { .bus = MEDIA_SCSI }, 293 + 228, 293 + 10, 513 + 3 },
                { { .bus = MEDIA_MMC }, 2049 + 732, 2049 + 10, 2049 + 3 },
                { { .bus = MEDIA_OTHER }, 683 + 342, 683 + 10, 683 + 3 },
        };
        policy.partition_count = 1;
        policy.partitions[0].integrity = INTEGRITY_INLINE;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                medium = cases[i].medium;
                policy.settings.verify = VERIFICATION_FULL;
                assert_int_equal(seconds_of(STEP_ERASE, ERASE_METHOD_ZERO, GIB(100), 0), cases[i].full);
                assert_int_equal(seconds_of(STEP_ERASE_UNALLOCATED, ERASE_METHOD_KEYSTREAM, GIB(100), 0), cases[i].full);
                policy.settings.verify = VERIFICATION_SAMPLED;
                assert_int_equal(seconds_of(STEP_ERASE, ERASE_METHOD_ZERO, GIB(100), 0), cases[i].sampled);
                assert_int_equal(seconds_of(STEP_DESTROY_KEYS, ERASE_METHOD_NONE, GIB(100), 0), cases[i].full);
                plan.step_count = 0;
                add(STEP_ENCRYPT, ERASE_METHOD_NONE, GIB(100), 0);
                plan.steps[0].definition = 0;
                assert_int_equal(estimate().seconds - 80, cases[i].filled);
        }
}

/* 10,000 GiB, where a pace that is off by one is off by seconds. */
static void a_large_disk_is_estimated_at_the_same_pace(void **state)
{
        medium = (struct media_facts){ .bus = MEDIA_NVME };
        assert_int_equal(seconds_of(STEP_ERASE, ERASE_METHOD_ZERO, GIB(10000), 0), 10241 + 5121);
        medium = (struct media_facts){ .bus = MEDIA_SCSI };
        assert_int_equal(seconds_of(STEP_ERASE, ERASE_METHOD_ZERO, GIB(10000), 0), 29258 + 22756);
}

static void steps_that_write_little_take_what_such_steps_take(void **state)
{
        assert_int_equal(seconds_of(STEP_ERASE, ERASE_METHOD_DISCARD, GIB(100), 0), 2);
        assert_int_equal(seconds_of(STEP_COPY_TREE, ERASE_METHOD_NONE, 0, 0), 3);
        assert_int_equal(seconds_of(STEP_WRITE_RECORD, ERASE_METHOD_NONE, 0, 0), 1);
        assert_int_equal(seconds_of(STEP_CLEAR_TPM, ERASE_METHOD_NONE, 0, 0), 5);
        plan.tpm_way = TPM_WAY_FIRMWARE;
        assert_int_equal(seconds_of(STEP_CLEAR_TPM, ERASE_METHOD_NONE, 0, 0), 60);
        add(STEP_WRITE_RECORD, ERASE_METHOD_NONE, 0, 0);
        add(STEP_WRITE_RECORD, ERASE_METHOD_NONE, 0, 0);
        plan.step_count--; /* what is behind the last one is none */
        assert_int_equal(estimate().seconds, 80 + 60 + 1);
}

static void free_space_of_the_esp_is_written_unless_it_is_left(void **state)
{
        inventory.partition_count = 2;
        inventory.partitions[1].size_bytes = GIB(1);
        inventory.partitions[1].uuid.bytes[0] = inventory.esp.bytes[0] = 7;
        assert_int_equal(seconds_of(STEP_CLEAN_ESP, ERASE_METHOD_NONE, 0, 0), (1024 / 350 + 1) + (1024 / 450 + 1));
        inventory.partitions[0] = inventory.partitions[1]; /* wherever it is */
        inventory.partition_count = 1;
        assert_int_equal(seconds_of(STEP_CLEAN_ESP, ERASE_METHOD_NONE, 0, 0), (1024 / 350 + 1) + (1024 / 450 + 1));
        inventory.partition_count = 0; /* not this disk's */
        assert_int_equal(seconds_of(STEP_CLEAN_ESP, ERASE_METHOD_NONE, 0, 0), 2);
        policy.settings.esp_leave_free_space = true;
        assert_int_equal(seconds_of(STEP_CLEAN_ESP, ERASE_METHOD_NONE, 0, 0), 1);
}

static void a_purge_takes_what_the_device_says(void **state)
{
        static const struct {
                enum media_technique technique;
                uint64_t seconds;
        } cases[] = {
                { MEDIA_ATA_SECURE_ERASE, 10 * 60 + 120 },    { MEDIA_ATA_SECURE_ERASE_ENHANCED, 20 * 60 + 120 },
                { MEDIA_NVME_SANITIZE_OVERWRITE, 103 + 120 }, { MEDIA_ATA_SANITIZE_OVERWRITE, 103 + 120 },
                { MEDIA_SCSI_SANITIZE_OVERWRITE, 103 + 120 }, { MEDIA_NVME_SANITIZE_BLOCK, 120 },
        };
        struct media_facts *disk = &inventory.disks[3].media;

        plan.disks.chosen[0] = (struct chosen_disk){ .disk = 3, .definition = 1 };
        disk->bus = MEDIA_NVME;
        disk->size_bytes = GIB(100);
        disk->security.minutes = 10;
        disk->security.enhanced_minutes = 20;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                plan.disks.chosen[0].technique = cases[i].technique;
                assert_int_equal(seconds_of(STEP_ERASE_DISK, ERASE_METHOD_PURGE, GIB(100), 1), cases[i].seconds);
                assert_true(estimate().device_decides);
        }
        assert_int_equal(seconds_of(STEP_ERASE_DISK, ERASE_METHOD_ZERO, GIB(100), 1), 103 + 52);
        assert_false(estimate().device_decides);
        policy.settings.disks[1].verify = DISK_VERIFY_SAMPLED;
        assert_int_equal(seconds_of(STEP_ERASE_DISK, ERASE_METHOD_KEYSTREAM, GIB(100), 1), 103 + 10);
        inventory.disks[3].is_done = true;
        assert_int_equal(seconds_of(STEP_ERASE_DISK, ERASE_METHOD_PURGE, GIB(100), 1), 1);
}

static void of_additional_disks_the_slowest_counts_whatever_the_order(void **state)
{
        plan.disks.chosen[1].disk = 1;
        inventory.disks[0].media.bus = MEDIA_NVME;
        inventory.disks[1].media.bus = MEDIA_ATA;
        for (uint32_t first = 1; first <= 2; first++) {
                plan.step_count = 0;
                add(STEP_ERASE_DISK, ERASE_METHOD_ZERO, GIB(100), first);
                add(STEP_ERASE_DISK, ERASE_METHOD_ZERO, GIB(100), 3 - first);
                assert_int_equal(estimate().seconds, 80 + 293 + 228);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_refused_plan_takes_no_time, set_up),
                cmocka_unit_test_setup(overwriting_takes_longer_than_discarding_and_longer_on_slow_media, set_up),
                cmocka_unit_test_setup(additional_disks_are_worked_on_together, set_up),
                cmocka_unit_test_setup(a_volume_with_integrity_is_written_over_once, set_up),
                cmocka_unit_test_setup(a_firmware_that_may_ask_is_waited_for, set_up),
                cmocka_unit_test_setup(each_kind_of_medium_has_a_pace_of_its_own, set_up),
                cmocka_unit_test_setup(a_large_disk_is_estimated_at_the_same_pace, set_up),
                cmocka_unit_test_setup(steps_that_write_little_take_what_such_steps_take, set_up),
                cmocka_unit_test_setup(free_space_of_the_esp_is_written_unless_it_is_left, set_up),
                cmocka_unit_test_setup(a_purge_takes_what_the_device_says, set_up),
                cmocka_unit_test_setup(of_additional_disks_the_slowest_counts_whatever_the_order, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
