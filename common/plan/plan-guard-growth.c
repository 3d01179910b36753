/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules for partitions that stay and become larger. */
#include "common/plan/plan-guard-range.h"

/* Whether all of it is erased by this plan, as a partition or as unallocated space. */
static bool range_is_erased(const struct plan *plan, struct range range)
{
        while (range.size > 0) {
                uint64_t covered = 0;

                for (size_t i = 0; i < plan->step_count && covered == 0; i++) {
                        const struct range erased = range_of_step(&plan->steps[i]);

                        if ((plan->steps[i].kind == STEP_ERASE || plan->steps[i].kind == STEP_ERASE_UNALLOCATED) &&
                            erased.start <= range.start && range.start - erased.start < erased.size)
                                covered = erased.size - (range.start - erased.start);
                }
                if (covered == 0)
                        return false;
                covered = covered < range.size ? covered : range.size;
                range = (struct range){ range.start + covered, range.size - covered };
        }
        return true;
}

/* What a partition gets that stays: space behind it that is nobody's, and that holds nothing of the old system where the policy
 * says so. Its own bytes are its own: another one may lie among them, in a table that is broken. */
static const char *guard_room(const struct plan *plan, size_t index, struct range room, const struct policy *policy,
                              const struct inventory *inventory)
{
        const bool erases = !plan->first_boot && policy->settings.unallocated != UNALLOCATED_LEAVE &&
                            !inventory->unallocated_done && !is_another_disk(inventory);

        GUARD(range_lies_in(room, usable_range(inventory)), "a partition grows out of the usable range");
        GUARD(!ranges_meet(room, (struct range){ inventory->entries_start_bytes, inventory->entries_size_bytes }),
              "a partition grows over the partition table");
        for (size_t p = 0; p < inventory->partition_count; p++)
                GUARD(is_erased(plan, p) || !ranges_meet(room, range_of_partition(&inventory->partitions[p])),
                      "a partition grows over another one");
        for (size_t i = 0; i < plan->step_count; i++)
                GUARD(i == index || (plan->steps[i].kind != STEP_CREATE_ENTRY && plan->steps[i].kind != STEP_GROW_ENTRY) ||
                              !ranges_meet(room, range_of_step(&plan->steps[i])),
                      "a partition grows over a new one");
        GUARD(!erases || range_is_erased(plan, room), "a partition grows over what is not erased");
        return NULL;
}

const char *plan_guard_growth(const struct plan *plan, size_t index, const struct policy *policy,
                              const struct inventory *inventory)
{
        const struct plan_step *step = &plan->steps[index];
        const struct inventory_partition *partition = &inventory->partitions[step->partition];

        GUARD(!is_erased(plan, (size_t)step->partition) && !has_step_on(plan, STEP_DELETE_ENTRY, step->partition) &&
                      !has_step_for(plan, STEP_CREATE_ENTRY, step->definition),
              "a partition grows that is erased");
        GUARD(step->start_bytes == partition->start_bytes, "a partition that stays is moved");
        GUARD(step->size_bytes > partition->size_bytes && partition->size_bytes <= UINT64_MAX - partition->start_bytes,
              "a partition that stays shrinks");
        GUARD(inventory->sector_size > 0 && step->size_bytes % inventory->sector_size == 0, "a partition ends within a sector");
        for (size_t i = index + 1; i < plan->step_count; i++)
                GUARD(plan->steps[i].kind != STEP_DELETE_ENTRY, "something grows before the old entries are gone");
        return guard_room(
                plan, index,
                (struct range){ partition->start_bytes + partition->size_bytes, step->size_bytes - partition->size_bytes },
                policy, inventory);
}
