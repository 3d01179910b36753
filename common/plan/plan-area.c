/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where on the boot disk things are and go. The arithmetic is layout.c's and layout-solve.c's. */
#include "common/base/partition-type.h"
#include "common/plan/layout-need.h"
#include "common/plan/plan-draft.h"

#define GRAIN_BYTES UINT64_C(4096) /* what systemd-repart places partitions on, where sectors are not larger */
#define SECTORS_MIN 4              /* of growth: libfdisk (2.38 to 2.41) passes over free space of up to three sectors */

_Static_assert(INVENTORY_PARTITIONS_MAX + 2 <= LAYOUT_TAKEN_MAX,
               "every partition can be laid around, and the table, and a boot loader");
_Static_assert(POLICY_PARTITIONS_MAX + INVENTORY_PARTITIONS_MAX + 1 <= LAYOUT_ITEMS_MAX, "everything can be laid out");

struct layout_area plan_area_of(const struct inventory_partition *partition)
{
        return (struct layout_area){ .start_bytes = partition->start_bytes, .size_bytes = partition->size_bytes };
}

struct layout_area plan_usable_area(const struct inventory *inventory)
{
        struct layout_area area = { .start_bytes = inventory->first_usable_bytes };

        if (inventory->last_usable_bytes > inventory->first_usable_bytes)
                area.size_bytes = inventory->last_usable_bytes - inventory->first_usable_bytes;
        if (area.size_bytes > 0 && area.size_bytes < UINT64_MAX) /* the last one, too; no disk has more than that */
                area.size_bytes++;
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

static enum layout_role role_of(const struct guid *type)
{
        if (partition_type_is_boot(type))
                return LAYOUT_ROLE_BOOT;
        return partition_type_is_verity_signature(type) ? LAYOUT_ROLE_VERITY_SIGNATURE : LAYOUT_ROLE_OTHER;
}

/* Of a broken table, whose partitions overlap or lie in front of what its header lets them use, nothing is enlarged: libfdisk
 * would not do it, and would say so when everything is erased. */
static bool may_grow(const struct plan_draft *draft, size_t p)
{
        struct layout_area area = plan_area_of(&draft->inventory->partitions[p]);

        if (area.start_bytes < draft->inventory->header_first_usable_bytes)
                return false;
        for (size_t q = 0; q < draft->matches.partition_count; q++) {
                struct layout_area other = plan_area_of(&draft->inventory->partitions[q]);

                if (q != p && layout_areas_overlap(&area, &other))
                        return false;
        }
        return true;
}

static enum layout_kind kind_of(const struct plan_draft *draft, size_t d)
{
        int p = draft->matches.partition_of[d];

        if (p < 0)
                return LAYOUT_NEW;
        if (!draft->build[d])
                return may_grow(draft, (size_t)p) ? LAYOUT_KEPT : LAYOUT_FOREIGN;
        return draft->inventory->partitions[p].start_bytes % GRAIN_BYTES == 0 ? LAYOUT_REBUILT : LAYOUT_NEW;
}

/* What replaces a partition begins where that began, and is never left out: it would not come back with the next reset. What
 * stays is left as it is where it has a priority and room is short. */
static struct layout_item item_of_definition(const struct plan_draft *draft, size_t d)
{
        const struct partition_definition *definition = &draft->policy->partitions[d];
        int own = draft->matches.partition_of[d];
        const struct inventory_partition *old = own >= 0 ? &draft->inventory->partitions[own] : NULL;
        const struct layout_content content = { .role = role_of(&definition->type),
                                                .format = definition->format,
                                                .is_encrypted = definition->encrypt != ENCRYPT_OFF,
                                                .copy_blocks_bytes = LAYOUT_UNSET };
        struct layout_item item = {
                .kind = kind_of(draft, d),
                .slot = old ? old->number : 0,
                .start_bytes = old ? old->start_bytes : 0,
                .size_bytes = old ? old->size_bytes : 0,
                .size_min_bytes = definition->has_size_min ? definition->size_min_bytes : LAYOUT_UNSET,
                .size_max_bytes = definition->size_max_bytes,
                .padding_min_bytes = definition->has_padding_min ? definition->padding_min_bytes : LAYOUT_UNSET,
                .padding_max_bytes = definition->padding_max_bytes,
                .weight = definition->weight,
                .padding_weight = definition->padding_weight,
                .priority = old && draft->build[d] ? 0 : definition->priority,
                .supplement_for = -1,
        };

        layout_need(&content, &item);
        if (draft->plan->is_addition && old) /* an ordinary boot leaves it as it is, and that need be no multiple of the grain */
                item.size_min_bytes = item.size_max_bytes = 0;
        return item;
}

static struct layout_item foreign_item(uint32_t slot, struct layout_area area)
{
        return (struct layout_item){ .kind = LAYOUT_FOREIGN,
                                     .slot = slot,
                                     .start_bytes = area.start_bytes,
                                     .size_bytes = area.size_bytes,
                                     .size_min_bytes = LAYOUT_UNSET,
                                     .size_max_bytes = LAYOUT_UNSET,
                                     .padding_min_bytes = LAYOUT_UNSET,
                                     .padding_max_bytes = LAYOUT_UNSET,
                                     .supplement_for = -1 };
}

/* Everything that has a place or gets one: definitions in their order, but for what an addition leaves missing; then what stays
 * and is none's, then the table's entries if they are among that. */
struct items {
        struct layout_item items[LAYOUT_ITEMS_MAX];
        size_t count, defined;
        size_t definition[POLICY_PARTITIONS_MAX]; /* of the first `defined` ones */
};

static int item_of(const struct items *items, int definition)
{
        for (size_t i = 0; i < items->defined; i++)
                if (definition >= 0 && items->definition[i] == (size_t)definition)
                        return (int)i;
        return -1;
}

/* What has or gets back a partition of its own stays by itself (repart.d(5)), and so does what would have to enlarge a partition
 * in an ordinary boot. */
static bool may_be_merged(const struct plan_draft *draft, const struct items *items, size_t item, int host)
{
        size_t d = items->definition[item];
        int p;

        if (host < 0 || items->items[host].kind == LAYOUT_FOREIGN || draft->matches.partition_of[d] >= 0)
                return false;
        p = draft->matches.partition_of[items->definition[host]];
        return !draft->plan->is_addition || p < 0 ||
               draft->inventory->partitions[p].size_bytes >= draft->policy->partitions[d].size_min_bytes;
}

/* SizeMinBytes= of the one holds for both where the other has none, as the manual says; paddings are as the program has them. */
static void link_supplements(const struct plan_draft *draft, struct items *items)
{
        for (size_t i = 0; i < items->defined; i++) {
                struct layout_item *item = &items->items[i];
                int host = item_of(items, policy_supplement_target(draft->policy, items->definition[i]));

                if (!may_be_merged(draft, items, i, host))
                        continue;
                item->supplement_for = host;
                if (item->size_min_bytes == LAYOUT_UNSET && items->items[host].size_min_bytes != LAYOUT_UNSET)
                        item->size_min_bytes = item->size_default_bytes;
        }
}

static void collect_items(const struct plan_draft *draft, const struct layout_disk *disk, struct items *ret)
{
        struct layout_area entries = plan_entries_area(draft->inventory);

        ret->defined = 0;
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d] || draft->matches.partition_of[d] >= 0) {
                        ret->definition[ret->defined] = d;
                        ret->items[ret->defined++] = item_of_definition(draft, d);
                }
        link_supplements(draft, ret);
        ret->count = ret->defined;
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                if (draft->matches.definition_of[p] < 0 && !plan_is_marked(draft, p))
                        ret->items[ret->count++] = foreign_item(draft->inventory->partitions[p].number,
                                                                plan_area_of(&draft->inventory->partitions[p]));
        if (entries.size_bytes > 0 && layout_area_end(&entries) > disk->first_bytes)
                ret->items[ret->count++] = foreign_item(UINT32_MAX, entries);
}

/* A definition that is left out for its priority must be the last one of its type: those behind it would be matched for it. */
static bool may_be_left_out(const struct plan_draft *draft, size_t definition)
{
        for (size_t d = definition + 1; d < draft->matches.definition_count; d++)
                if (draft->build[d] &&
                    guid_equal(&draft->policy->partitions[d].type, &draft->policy->partitions[definition].type))
                        return false;
        return true;
}

static void take_new_place(struct plan_draft *draft, size_t d, const struct layout_place *place)
{
        draft->areas[d] = (struct layout_area){ place->start_bytes, place->size_bytes };
        draft->ranks[d] = place->rank;
        if (place->outcome == LAYOUT_PLACED)
                return;
        draft->build[d] = false;
        if (place->outcome == LAYOUT_MERGED)
                draft->plan->merged |= UINT32_C(1) << d;
        else if (!may_be_left_out(draft, d))
                plan_refuse(draft, REFUSE_NO_SPACE);
}

/* A few sectors are free space to us, and to libfdisk they are none. */
static void take_growth(struct plan_draft *draft, size_t d, const struct layout_place *place)
{
        const struct inventory *inventory = draft->inventory;
        uint64_t size = inventory->partitions[draft->matches.partition_of[d]].size_bytes;
        uint64_t sector = inventory->sector_size;

        draft->areas[d] = (struct layout_area){ place->start_bytes, place->size_bytes };
        draft->grow[d] = place->size_bytes > size && (sector < GRAIN_BYTES || place->size_bytes - size >= SECTORS_MIN * sector);
}

void plan_lay_out(struct plan_draft *draft)
{
        struct layout_area usable = plan_usable_area(draft->inventory), reserved = reserved_area(draft);
        struct layout_disk disk = {
                .first_bytes = layout_area_end(&reserved) > usable.start_bytes ? layout_area_end(&reserved) : usable.start_bytes,
                .end_bytes = layout_area_end(&usable),
                .grain_bytes = draft->inventory->sector_size > GRAIN_BYTES ? draft->inventory->sector_size : GRAIN_BYTES
        };
        struct layout_place places[LAYOUT_ITEMS_MAX];
        struct items items;
        bool moved;

        collect_items(draft, &disk, &items);
        if (items.defined == 0)
                return;
        if (layout_solve(&disk, items.items, items.count, places, &moved) != ERR_OK) {
                plan_refuse(draft, REFUSE_NO_SPACE);
                return;
        }
        for (size_t i = items.defined; i-- > 0;)
                if (draft->build[items.definition[i]])
                        take_new_place(draft, items.definition[i], &places[i]);
                else
                        take_growth(draft, items.definition[i], &places[i]);
}
