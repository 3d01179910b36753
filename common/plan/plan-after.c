/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/plan/plan-after.h"
#include "common/base/memory.h"

/* The step of this kind that is on this partition; NULL: there is none. */
static const struct plan_step *step_on(const struct plan *plan, enum step_kind kind, size_t partition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == kind && plan->steps[i].partition == (int)partition)
                        return &plan->steps[i];
        return NULL;
}

/* In the order of their places, as every inventory is. */
static void insert(struct inventory *inventory, const struct inventory_partition *partition)
{
        size_t at = inventory->partition_count;

        if (at == INVENTORY_PARTITIONS_MAX)
                return;
        for (; at > 0 && inventory->partitions[at - 1].start_bytes > partition->start_bytes; at--)
                inventory->partitions[at] = inventory->partitions[at - 1];
        inventory->partitions[at] = *partition;
        inventory->partition_count++;
}

static void build(const struct plan *plan, const struct plan_step *step, const struct policy *policy, struct inventory *inventory)
{
        const struct partition_definition *definition = &policy->partitions[step->definition];
        const struct plan_entry *entry = &plan->entries[step->definition];
        struct inventory_partition partition = {
                .number = entry->number,
                .type = definition->type,
                .attributes = definition->flags,
                .start_bytes = step->start_bytes,
                .size_bytes = step->size_bytes,
                .content = plan_find_step(plan, STEP_ENCRYPT, (size_t)step->definition) ? CONTENT_LUKS : CONTENT_UNKNOWN,
        };

        memcpy(partition.name, entry->name, sizeof(partition.name));
        if (definition->has_uuid)
                partition.uuid = definition->uuid;
        else
                memcpy(&partition.uuid, &entry->number, sizeof(entry->number));
        insert(inventory, &partition);
}

/* What stays, perhaps larger. */
static void keep(const struct plan *plan, const struct inventory *before, size_t p, struct inventory *inventory)
{
        struct inventory_partition partition = before->partitions[p];
        const struct plan_step *growth = step_on(plan, STEP_GROW_ENTRY, p);

        if (growth)
                partition.size_bytes = growth->size_bytes;
        insert(inventory, &partition);
}

void plan_after(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, struct inventory *ret)
{
        *ret = *inventory;
        ret->partition_count = 0;
        for (size_t p = 0; p < inventory->partition_count && p < INVENTORY_PARTITIONS_MAX; p++)
                if (!step_on(plan, STEP_ERASE, p)) /* its entry is deleted, or replaced by what is built */
                        keep(plan, inventory, p, ret);
        for (const struct plan_step *step = plan->steps; step < plan->steps + plan->step_count; step++)
                if (step->kind == STEP_CREATE_ENTRY)
                        build(plan, step, policy, ret);
        ret->built_before = true;
        ret->half_made = 0;
        ret->unallocated_done = false;
        memset(&ret->clean, 0, sizeof(ret->clean));
}
