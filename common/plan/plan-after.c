/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/plan/plan-after.h"
#include "common/base/memory.h"

static bool is_erased(const struct plan *plan, size_t partition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_ERASE && plan->steps[i].partition == (int)partition)
                        return true;
        return false;
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

static void make_up_uuid(uint32_t number, struct guid *ret)
{
        memset(ret->bytes, 0xee, sizeof(ret->bytes));
        ret->bytes[sizeof(ret->bytes) - 1] = (uint8_t)number;
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
        make_up_uuid(entry->number, &partition.uuid);
        if (definition->has_uuid)
                partition.uuid = definition->uuid;
        insert(inventory, &partition);
}

/* What stays, perhaps larger. */
static void keep(const struct plan *plan, const struct inventory *before, size_t p, struct inventory *inventory)
{
        struct inventory_partition partition = before->partitions[p];

        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_GROW_ENTRY && plan->steps[i].partition == (int)p)
                        partition.size_bytes = plan->steps[i].size_bytes;
        insert(inventory, &partition);
}

void plan_after(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, struct inventory *ret)
{
        *ret = *inventory;
        ret->partition_count = 0;
        for (size_t p = 0; p < inventory->partition_count && p < INVENTORY_PARTITIONS_MAX; p++)
                if (!is_erased(plan, p)) /* its entry is deleted, or replaced by what is built */
                        keep(plan, inventory, p, ret);
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_CREATE_ENTRY)
                        build(plan, &plan->steps[i], policy, ret);
        ret->built_before = true;
        ret->half_made = 0;
        ret->unallocated_done = false;
        memset(&ret->clean, 0, sizeof(ret->clean));
}
