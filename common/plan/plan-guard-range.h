/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the guard ask of plans and disks, in its own arithmetic. Nobody else includes this. */
#ifndef CLEANSLATE_COMMON_PLAN_GUARD_RANGE_H
#define CLEANSLATE_COMMON_PLAN_GUARD_RANGE_H

#include "common/plan/plan-guard.h"

/* Bytes of a disk. Sums of two 64-bit numbers may overflow, so none is made. */
struct range {
        uint64_t start, size;
};

static inline bool ranges_meet(struct range a, struct range b)
{
        if (a.size == 0 || b.size == 0)
                return false;
        return a.start < b.start ? b.start - a.start < a.size : a.start - b.start < b.size;
}

static inline bool range_lies_in(struct range inner, struct range outer)
{
        return inner.start >= outer.start && inner.start - outer.start <= outer.size &&
               inner.size <= outer.size - (inner.start - outer.start);
}

static inline struct range range_of_step(const struct plan_step *step)
{
        return (struct range){ step->start_bytes, step->size_bytes };
}

static inline struct range range_of_partition(const struct inventory_partition *partition)
{
        return (struct range){ partition->start_bytes, partition->size_bytes };
}

static inline struct range usable_range(const struct inventory *inventory)
{
        uint64_t first = inventory->first_usable_bytes, last = inventory->last_usable_bytes;

        return (struct range){ first, last > first ? last - first + (last < UINT64_MAX) : 0 };
}

static inline bool has_step(const struct plan *plan, enum step_kind kind)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == kind)
                        return true;
        return false;
}

static inline bool has_step_on(const struct plan *plan, enum step_kind kind, int partition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == kind && plan->steps[i].partition == partition)
                        return true;
        return false;
}

static inline bool has_step_for(const struct plan *plan, enum step_kind kind, int definition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == kind && plan->steps[i].definition == definition)
                        return true;
        return false;
}

static inline bool is_erased(const struct plan *plan, size_t partition)
{
        return has_step_on(plan, STEP_ERASE, (int)partition);
}

static inline bool is_another_disk(const struct inventory *inventory)
{
        return !guid_is_zero(&inventory->disk_expected) && !guid_equal(&inventory->disk_expected, &inventory->disk_uuid);
}

/* The definition that a partition belongs to: with how many of its type in lower slots, so many definitions of its type are
 * passed over. -1: none. */
int plan_guard_definition_of(const struct policy *policy, const struct inventory *inventory, size_t partition);

/* The rules for definitions that are merged into others (plan.merged). */
const char *plan_guard_supplements(const struct plan *plan, const struct policy *policy, const struct inventory *inventory);

/* SizeMinBytes= of a definition; of one that gives none, that of what is merged into it; in bytes. */
uint64_t plan_guard_smallest(const struct plan *plan, const struct policy *policy, size_t definition);

/* The rules for a step that enlarges a partition; that its partition is its definition's has been asked. */
const char *plan_guard_growth(const struct plan *plan, size_t index, const struct policy *policy,
                              const struct inventory *inventory);

#endif
