/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules for additional disks, written without disk-choice's helpers. */
#include "common/plan/plan-guard.h"

static const char *guard_disk(const struct plan *plan, size_t index, const struct policy *policy,
                              const struct inventory *inventory)
{
        const struct chosen_disk *chosen = &plan->disks.chosen[index];
        const struct inventory_disk *disk;
        const struct disk_definition *definition;

        GUARD(chosen->disk < inventory->disk_count && chosen->definition < policy->settings.disk_count,
              "a chosen disk or its section does not exist");
        disk = &inventory->disks[chosen->disk];
        definition = &policy->settings.disks[chosen->definition];
        GUARD(!disk->is_boot_disk && !disk->is_virtual, "the boot disk or a virtual one is erased");
        GUARD(definition->match != DISK_MATCH_ALL_INTERNAL || (!disk->is_external && !disk->media.usb && !disk->media.removable &&
                                                               !disk->media.read_only && disk->media.bus != MEDIA_OTHER),
              "all internal takes what is not certainly built in");
        GUARD(disk->is_done || (!disk->media.read_only && !disk->is_held && disk->media.size_bytes > 0),
              "a disk that cannot be erased is chosen");
        GUARD(chosen->level >= ERASE_LEVEL_CRYPTO && chosen->level <= ERASE_LEVEL_PURGE, "a disk has no level");
        GUARD(chosen->level >= definition->level || (definition->level == ERASE_LEVEL_PURGE && definition->fall_back),
              "a disk is erased less than the policy says");
        GUARD(chosen->level != ERASE_LEVEL_PURGE || disk->is_done || chosen->technique != MEDIA_TECHNIQUE_NONE,
              "a purge has no technique");
        for (size_t i = 0; i < index; i++)
                GUARD(plan->disks.chosen[i].disk != chosen->disk, "a disk is chosen twice");
        for (size_t i = 0; i < inventory->disk_count; i++) {
                const struct inventory_disk *other = &inventory->disks[i];

                if (i == chosen->disk || other->is_virtual)
                        continue;
                GUARD(other->media.wwid[0] == 0 || !text_equal(other->media.wwid, disk->media.wwid),
                      "one of two disks with one identity is erased");
                GUARD(chosen->level != ERASE_LEVEL_PURGE || disk->is_done || !other->is_boot_disk ||
                              other->hardware != disk->hardware,
                      "a purge takes the boot disk along");
        }
        return NULL;
}

static size_t count_steps(const struct plan *plan, enum step_kind kind, size_t index)
{
        size_t count = 0;

        for (size_t i = 0; i < plan->step_count; i++)
                count += plan->steps[i].kind == kind && plan->steps[i].additional_disk == index + 1;
        return count;
}

/* Whether there are built-in disks at all is the machine's affair. */
static bool is_chosen_by(const struct plan *plan, size_t definition)
{
        for (size_t i = 0; i < plan->disks.count; i++)
                if (plan->disks.chosen[i].definition == definition)
                        return true;
        return false;
}

static const char *guard_disk_step(const struct plan *plan, const struct plan_step *step, const struct inventory *inventory)
{
        const struct inventory_disk *disk;
        const bool on_disk = step->kind == STEP_DESTROY_DISK_KEYS || step->kind == STEP_ERASE_DISK;

        GUARD(on_disk == (step->additional_disk > 0) && step->additional_disk <= plan->disks.count,
              "a step is on a disk that is not chosen");
        if (!on_disk)
                return NULL;
        disk = &inventory->disks[plan->disks.chosen[step->additional_disk - 1].disk];
        GUARD(step->start_bytes == 0 && step->size_bytes <= disk->media.size_bytes, "a step leaves its disk");
        GUARD(step->size_bytes == disk->media.size_bytes ||
                      (step->kind == STEP_DESTROY_DISK_KEYS && step->size_bytes == PLAN_GUARD_KEY_AREA_BYTES),
              "a disk is erased in part");
        GUARD(step->method != ERASE_METHOD_DISCARD, "an additional disk is only discarded");
        return NULL;
}

const char *plan_guard_disks(const struct plan *plan, const struct policy *policy, const struct inventory *inventory)
{
        const char *broken = NULL;

        GUARD(plan->disks.refusal == DISK_REFUSAL_NONE, "a doubt about disks is no refusal");
        GUARD(plan->disks.count <= INVENTORY_DISKS_MAX && (!plan->begun_as_first_boot || plan->disks.count == 0),
              "a first boot erases disks");
        for (size_t i = 0; i < plan->disks.count && !broken; i++) {
                broken = guard_disk(plan, i, policy, inventory);
                if (!broken && (count_steps(plan, STEP_DESTROY_DISK_KEYS, i) != 1 || count_steps(plan, STEP_ERASE_DISK, i) != 1))
                        broken = "a chosen disk is not erased, or twice";
        }
        for (size_t i = 0; i < policy->settings.disk_count && !broken && !plan->begun_as_first_boot; i++)
                if (policy->settings.disks[i].match != DISK_MATCH_ALL_INTERNAL && !policy->settings.disks[i].optional &&
                    !is_chosen_by(plan, i))
                        broken = "a disk that the policy names is left out";
        for (size_t i = 0; i < plan->step_count && !broken; i++)
                broken = guard_disk_step(plan, &plan->steps[i], inventory);
        return broken;
}
