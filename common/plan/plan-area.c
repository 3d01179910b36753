/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where on the boot disk things are and go. The arithmetic is layout.c's. */
#include "common/plan/plan-draft.h"

#define LUKS_SIZE_MIN (UINT64_C(32) << 20) /* header, keyslots and some room for data */

_Static_assert(INVENTORY_PARTITIONS_MAX + 2 <= LAYOUT_TAKEN_MAX,
               "every partition can be laid around, and the table, and a boot loader");
_Static_assert(POLICY_PARTITIONS_MAX <= LAYOUT_DEMANDS_MAX, "every definition can be laid out");

struct layout_area plan_area_of(const struct inventory_partition *partition)
{
        return (struct layout_area){ .start_bytes = partition->start_bytes, .size_bytes = partition->size_bytes };
}

struct layout_area plan_usable_area(const struct inventory *inventory)
{
        struct layout_area area = { .start_bytes = inventory->first_usable_bytes };

        if (inventory->last_usable_bytes > inventory->first_usable_bytes)
                area.size_bytes = inventory->last_usable_bytes - inventory->first_usable_bytes + 1;
        return area;
}

struct layout_area plan_entries_area(const struct inventory *inventory)
{
        return (struct layout_area){ .start_bytes = inventory->entries_start_bytes, .size_bytes = inventory->entries_size_bytes };
}

uint64_t plan_first_start(const struct inventory *inventory)
{
        struct layout_area usable = plan_usable_area(inventory);
        uint64_t first = layout_area_end(&usable);

        for (size_t p = 0; p < inventory->partition_count && p < INVENTORY_PARTITIONS_MAX; p++)
                if (inventory->partitions[p].start_bytes < first)
                        first = inventory->partitions[p].start_bytes;
        return first;
}

struct layout_area plan_boot_loader_area(const struct plan_draft *draft)
{
        const struct settings *settings = &draft->policy->settings;
        uint64_t end = settings->boot_loader_bytes, first = plan_first_start(draft->inventory);

        if (settings->unallocated == UNALLOCATED_ALL)
                end = 0;
        return (struct layout_area){ .size_bytes = end < first ? end : first };
}

/* A header may keep partitions off more than that, but nothing behind the first one of them. */
static struct layout_area reserved_area(const struct plan_draft *draft)
{
        struct layout_area boot_loader = plan_boot_loader_area(draft);
        uint64_t first = plan_first_start(draft->inventory), header = draft->inventory->header_first_usable_bytes;

        if (header <= first && header > boot_loader.size_bytes)
                boot_loader.size_bytes = header;
        return boot_loader;
}

static struct layout_demand demand_of(const struct partition_definition *definition)
{
        struct layout_demand demand = { definition->size_min_bytes, definition->size_max_bytes, definition->weight };

        if (definition->encrypt != ENCRYPT_OFF && demand.size_min_bytes < LUKS_SIZE_MIN)
                demand.size_min_bytes = LUKS_SIZE_MIN;
        return demand;
}

void plan_lay_out(struct plan_draft *draft)
{
        struct layout_area taken[LAYOUT_TAKEN_MAX] = { plan_entries_area(draft->inventory), reserved_area(draft) };
        struct layout_area placed[POLICY_PARTITIONS_MAX], free_area, usable = plan_usable_area(draft->inventory);
        struct layout_demand demands[POLICY_PARTITIONS_MAX];
        size_t taken_count = 2, count = 0;

        for (size_t p = 0; p < draft->matches.partition_count; p++)
                if (!plan_is_marked(draft, p))
                        taken[taken_count++] = plan_area_of(&draft->inventory->partitions[p]);
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d])
                        demands[count++] = demand_of(&draft->policy->partitions[d]);
        free_area = layout_largest_free(&usable, taken, taken_count);
        if (layout_place(&free_area, demands, count, placed) != ERR_OK) {
                plan_refuse(draft, REFUSE_NO_SPACE);
                return;
        }
        for (size_t d = 0, next = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d])
                        draft->areas[d] = placed[next++];
}
