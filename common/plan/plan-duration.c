/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/plan/plan-duration.h"

#define MIB              (UINT64_C(1) << 20)
#define RESTART_SECONDS  40 /* firmware, kernel, the checks before the first step; once before and once after */
#define SMALL_SECONDS    1
#define DISCARD_SECONDS  2
#define BUILD_SECONDS    3
#define TPM_SECONDS      5
#define COMMAND_SECONDS  120 /* a device's own erase command that gives no estimate */
#define SAMPLE_SECONDS   10  /* a read-back of samples */
#define FIRMWARE_SECONDS 60
#define FILL_MIB_S       200 /* what a processor makes tags for */

struct rate {
        uint32_t write_mib_s, read_mib_s;
};

/* What ordinary devices of a kind sustain over their whole length. */
static struct rate rate_of(const struct media_facts *medium)
{
        if (medium->usb)
                return (struct rate){ 30, 35 };
        if (medium->rotational && medium->bus != MEDIA_VIRTIO)
                return (struct rate){ 110, 120 };
        switch (medium->bus) {
        case MEDIA_NVME:
                return (struct rate){ 1000, 2000 };
        case MEDIA_ATA:
        case MEDIA_SCSI:
                return (struct rate){ 350, 450 };
        case MEDIA_MMC:
                return (struct rate){ 50, 140 };
        default:
                return (struct rate){ 150, 300 };
        }
}

static uint64_t seconds_for(uint64_t bytes, uint32_t mib_s)
{
        return bytes / MIB / mib_s + 1;
}

/* Written once, then read back. */
static uint64_t overwriting(uint64_t bytes, const struct media_facts *medium, bool sampled)
{
        struct rate rate = rate_of(medium);

        return seconds_for(bytes, rate.write_mib_s) + (sampled ? SAMPLE_SECONDS : seconds_for(bytes, rate.read_mib_s));
}

/* A volume with a tag for each sector is written once. */
static uint64_t filling(uint64_t bytes, const struct media_facts *medium)
{
        uint32_t mib_s = rate_of(medium).write_mib_s;

        return BUILD_SECONDS + seconds_for(bytes, mib_s < FILL_MIB_S ? mib_s : FILL_MIB_S);
}

static bool is_overwriting(enum erase_method method)
{
        return method == ERASE_METHOD_ZERO || method == ERASE_METHOD_KEYSTREAM;
}

static uint64_t purging(const struct media_facts *medium, enum media_technique technique)
{
        switch (technique) {
        case MEDIA_ATA_SECURE_ERASE:
                return (uint64_t)medium->security.minutes * 60 + COMMAND_SECONDS;
        case MEDIA_ATA_SECURE_ERASE_ENHANCED:
                return (uint64_t)medium->security.enhanced_minutes * 60 + COMMAND_SECONDS;
        case MEDIA_NVME_SANITIZE_OVERWRITE:
        case MEDIA_ATA_SANITIZE_OVERWRITE:
        case MEDIA_SCSI_SANITIZE_OVERWRITE:
                return seconds_for(medium->size_bytes, rate_of(medium).write_mib_s) + COMMAND_SECONDS;
        default:
                return COMMAND_SECONDS;
        }
}

/* All additional disks are worked on at the same time: the slowest one counts. */
static uint64_t additional_disk(const struct plan_step *step, const struct plan *plan, const struct policy *policy,
                                const struct inventory *inventory, struct plan_duration *duration)
{
        const struct chosen_disk *chosen = &plan->disks.chosen[step->additional_disk - 1];
        const struct media_facts *medium = &inventory->disks[chosen->disk].media;
        bool sampled = policy->settings.disks[chosen->definition].verify == DISK_VERIFY_SAMPLED;

        if (inventory->disks[chosen->disk].is_done)
                return SMALL_SECONDS;
        if (step->method == ERASE_METHOD_PURGE) {
                duration->device_decides = true;
                return purging(medium, chosen->technique);
        }
        return is_overwriting(step->method) ? overwriting(step->size_bytes, medium, sampled) : DISCARD_SECONDS;
}

static uint64_t esp_size(const struct inventory *inventory)
{
        for (size_t i = 0; i < inventory->partition_count; i++)
                if (guid_equal(&inventory->partitions[i].uuid, &inventory->esp))
                        return inventory->partitions[i].size_bytes;
        return 0;
}

/* A step on the disk we were started from. */
static uint64_t own_step(const struct plan_step *step, const struct plan *plan, const struct policy *policy,
                         const struct inventory *inventory, const struct media_facts *medium)
{
        bool sampled = policy->settings.verify == VERIFICATION_SAMPLED;

        switch (step_traits(step->kind)->duration) {
        case DURATION_KEYS:
                return overwriting(step->size_bytes, medium, false);
        case DURATION_RANGE:
                return is_overwriting(step->method) ? overwriting(step->size_bytes, medium, sampled) : DISCARD_SECONDS;
        case DURATION_ESP:
                return policy->settings.esp_leave_free_space ? SMALL_SECONDS : overwriting(esp_size(inventory), medium, false);
        case DURATION_TPM:
                return plan->tpm_way == TPM_WAY_FIRMWARE ? FIRMWARE_SECONDS : TPM_SECONDS;
        case DURATION_ENCRYPT:
                return policy->partitions[step->definition].integrity == INTEGRITY_OFF ? BUILD_SECONDS
                                                                                       : filling(step->size_bytes, medium);
        case DURATION_BUILD:
                return BUILD_SECONDS;
        default:
                return SMALL_SECONDS;
        }
}

struct plan_duration plan_duration(const struct plan *plan, const struct policy *policy, const struct inventory *inventory,
                                   const struct media_facts *medium)
{
        struct plan_duration duration = { 0 };
        uint64_t slowest = 0;

        if (plan->step_count == 0)
                return duration;
        for (size_t i = 0; i < plan->step_count; i++) {
                const struct plan_step *step = &plan->steps[i];
                uint64_t seconds;

                if (step_traits(step->kind)->duration != DURATION_DISK) {
                        duration.seconds += own_step(step, plan, policy, inventory, medium);
                        continue;
                }
                seconds = additional_disk(step, plan, policy, inventory, &duration);
                slowest = seconds > slowest ? seconds : slowest;
        }
        duration.seconds += slowest + 2 * RESTART_SECONDS;
        duration.waits_for_person = plan->tpm_way == TPM_WAY_FIRMWARE;
        return duration;
}
