/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of partitions that stay and grow, and of the table that a plan leaves behind. Part of plan-invariants.h, which
 * alone includes it. */
#ifndef CLEANSLATE_TESTS_PLAN_INVARIANTS_GROWTH_H
#define CLEANSLATE_TESTS_PLAN_INVARIANTS_GROWTH_H

#include "common/base/partition-type.h"
#include "common/plan/plan-guard.h"
#include <string.h>

#define INVARIANT(condition, text)     \
        do {                           \
                if (!(condition))      \
                        return (text); \
        } while (0)

typedef unsigned __int128 wide; /* no sum of two 64-bit numbers overflows it */

struct wide_range {
        wide start, end;
};

static struct wide_range range_of(uint64_t start, uint64_t size)
{
        return (struct wide_range){ start, (wide)start + size };
}

static struct wide_range partition_range(const struct inventory *inventory, size_t index)
{
        return range_of(inventory->partitions[index].start_bytes, inventory->partitions[index].size_bytes);
}

static int find_step(const struct plan *plan, enum step_kind kind, int partition, int definition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == kind && (partition < 0 || plan->steps[i].partition == partition) &&
                    (definition < 0 || plan->steps[i].definition == definition))
                        return (int)i;
        return -1;
}

static bool is_erased(const struct plan *plan, size_t partition)
{
        return find_step(plan, STEP_ERASE, (int)partition, -1) >= 0;
}

static void put_by_start(struct inventory *inventory, const struct inventory_partition *partition)
{
        size_t at = inventory->partition_count++;

        for (; at > 0 && inventory->partitions[at - 1].start_bytes > partition->start_bytes; at--)
                inventory->partitions[at] = inventory->partitions[at - 1];
        inventory->partitions[at] = *partition;
}

/* The table that the plan leaves behind: what stays, perhaps larger, and what is built into its slots. */
static void table_behind(const struct plan *plan, const struct policy *policy, const struct inventory *inventory,
                         struct inventory *ret)
{
        *ret = *inventory;
        ret->partition_count = 0;
        for (size_t p = 0; p < inventory->partition_count; p++) {
                struct inventory_partition partition = inventory->partitions[p];
                int growth = find_step(plan, STEP_GROW_ENTRY, (int)p, -1);

                if (is_erased(plan, p))
                        continue;
                if (growth >= 0)
                        partition.size_bytes = plan->steps[growth].size_bytes;
                put_by_start(ret, &partition);
        }
        for (size_t d = 0; d < policy->partition_count; d++) {
                int creation = find_step(plan, STEP_CREATE_ENTRY, -1, (int)d);
                struct inventory_partition partition = { .number = plan->entries[d].number, .type = policy->partitions[d].type };

                if (creation < 0)
                        continue;
                partition.start_bytes = plan->steps[creation].start_bytes;
                partition.size_bytes = plan->steps[creation].size_bytes;
                put_by_start(ret, &partition);
        }
}

/* Of a definition without Type=*-verity-sig, whose size is nobody's to choose. */
static wide size_max_of(const struct partition_definition *definition, wide before)
{
        wide least = definition->has_size_min ? definition->size_min_bytes : (wide)10 << 20, most = definition->size_max_bytes;

        least = (least + 4095) / 4096 * 4096;
        most = most > least ? most : least;
        return most > before ? most : before;
}

static bool meets(struct wide_range a, struct wide_range b)
{
        return a.start < b.end && b.start < a.end;
}

static const char *check_growth(const struct plan *plan, size_t index, const struct policy *policy,
                                const struct inventory *inventory)
{
        const struct plan_step *step = &plan->steps[index];
        const struct wide_range before = partition_range(inventory, (size_t)step->partition),
                                room = { before.end, (wide)step->start_bytes + step->size_bytes };
        const struct partition_definition *definition = &policy->partitions[step->definition];

        INVARIANT(plan_find_partition(policy, inventory, (size_t)step->definition) == step->partition,
                  "a partition grows by another definition");
        INVARIANT(plan->fates[step->partition] != FATE_ERASED && plan->fates[step->partition] != FATE_UNDECLARED,
                  "something grows that is no definition's, or is erased");
        INVARIANT(step->start_bytes == before.start && room.end > room.start, "what stays is moved or shrinks");
        INVARIANT(room.end <= (wide)inventory->last_usable_bytes + 1, "a partition grows out of the usable range");
        INVARIANT(partition_type_is_verity_signature(&definition->type) ||
                          step->size_bytes <= size_max_of(definition, before.end - before.start),
                  "a partition becomes larger than its SizeMaxBytes=");
        for (size_t p = 0; p < inventory->partition_count; p++)
                INVARIANT(is_erased(plan, p) || !meets(room, partition_range(inventory, p)),
                          "a partition grows over another one");
        for (size_t i = 0; i < plan->step_count; i++)
                INVARIANT(i == index || (plan->steps[i].kind != STEP_CREATE_ENTRY && plan->steps[i].kind != STEP_GROW_ENTRY) ||
                                  !meets(room, range_of(plan->steps[i].start_bytes, plan->steps[i].size_bytes)),
                          "a partition grows over one that is made or grows");
        return NULL;
}

/* Where a partition of the table behind would be if the same were planned again. */
static struct wide_range place_again(const struct plan *again, const struct policy *policy, const struct inventory *behind,
                                     size_t p)
{
        int step = find_step(again, STEP_GROW_ENTRY, (int)p, -1);

        for (size_t d = 0; d < policy->partition_count && is_erased(again, p); d++)
                if (plan_find_partition(policy, behind, d) == (int)p)
                        step = find_step(again, STEP_CREATE_ENTRY, -1, (int)d);
        if (step < 0)
                return partition_range(behind, p);
        return range_of(again->steps[step].start_bytes, again->steps[step].size_bytes);
}

/* A padding has its share of what is free each time; and what was left out for its priority might find room another time. */
static bool is_shared_once(const struct policy *policy)
{
        for (size_t d = 0; d < policy->partition_count; d++)
                if (policy->partitions[d].padding_weight > 0 || policy->partitions[d].priority > 0)
                        return false;
        return true;
}

/* A first boot that goes on is a reset in what it erases: then there is more room than at first. */
static bool erases_more(const struct plan *plan, const struct plan *again, const struct policy *policy,
                        const struct inventory *behind)
{
        for (size_t p = 0; p < behind->partition_count; p++) {
                bool made = false;

                for (size_t d = 0; d < policy->partition_count; d++)
                        made |= find_step(plan, STEP_CREATE_ENTRY, -1, (int)d) >= 0 &&
                                plan->entries[d].number == behind->partitions[p].number;
                if (is_erased(again, p) && !made)
                        return true;
        }
        return false;
}

/* The power fails when the table is written, and the reset goes on: what has grown and what is new has the place that it has.
 * What is only kept is not moved and does not shrink in any case, as the guard says of every plan. */
static const char *check_again(const struct plan *plan, const struct request *request, const struct policy *policy,
                               const struct inventory *inventory)
{
        static struct inventory behind;
        static struct plan again;

        table_behind(plan, policy, inventory, &behind);
        behind.half_made = inventory->half_made | plan_absent(policy, inventory);
        behind.unallocated_done = true;
        plan_build(request, policy, &behind, &again);
        for (size_t i = 0; i < again.refusal_count; i++)
                INVARIANT(again.refusals[i] != REFUSE_NO_SPACE, "there is no room for it the second time");
        if (again.refusal_count > 0)
                return NULL;
        INVARIANT(!plan_guard(&again, request, policy, &behind), "the guard stops the second attempt");
        if (!is_shared_once(policy) || erases_more(plan, &again, policy, &behind))
                return NULL;
        for (size_t p = 0; p < behind.partition_count; p++) {
                struct wide_range now = partition_range(&behind, p), then = place_again(&again, policy, &behind, p);

                INVARIANT(then.start == now.start, "a second attempt puts a partition elsewhere");
                INVARIANT(then.end == now.end, "a second attempt gives a partition another size");
        }
        return NULL;
}

#endif
