/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gaps between what stays on a disk, and which new partition goes into which of them: first fit, the smallest gap first. */
#include "common/plan/layout-solve-draft.h"

#define SIZE_HARD_MIN 4096 /* bytes of a new partition */

uint64_t layout_sum(uint64_t a, uint64_t b)
{
        return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

uint64_t layout_less(uint64_t a, uint64_t b)
{
        return a > b ? a - b : 0;
}

uint64_t layout_round_down(const struct layout_draft *draft, uint64_t bytes)
{
        return bytes & ~(draft->disk->grain_bytes - 1);
}

uint64_t layout_round_up(const struct layout_draft *draft, uint64_t bytes)
{
        uint64_t rounded = layout_round_down(draft, layout_sum(bytes, draft->disk->grain_bytes - 1));

        return rounded < bytes ? UINT64_MAX : rounded;
}

static const struct layout_item *supplement_of(const struct layout_draft *draft, const struct layout_part *part)
{
        return part->supplement < 0 ? NULL : draft->parts[part->supplement].item;
}

/* As the program does it: a supplement without a minimum takes the other's away as well, and the default counts. */
uint64_t layout_size_min(const struct layout_draft *draft, const struct layout_part *part)
{
        const struct layout_item *supplement = supplement_of(draft, part);
        uint64_t least = part->current_bytes, min = part->item->size_min_bytes;

        if (part->is_foreign)
                return part->current_bytes;
        if (part->item->kind != LAYOUT_KEPT) {
                least = part->item->size_floor_bytes;
                least = layout_round_up(draft, least > SIZE_HARD_MIN ? least : SIZE_HARD_MIN);
        }
        if (supplement != NULL && (min == LAYOUT_UNSET || supplement->size_min_bytes > min))
                min = supplement->size_min_bytes;
        if (min == LAYOUT_UNSET)
                min = part->item->size_default_bytes;
        min = layout_round_up(draft, min);
        return min > least ? min : least;
}

uint64_t layout_size_max(const struct layout_draft *draft, const struct layout_part *part)
{
        const struct layout_item *supplement = supplement_of(draft, part);
        uint64_t max = part->item->size_max_bytes, min = layout_size_min(draft, part);

        if (part->is_foreign)
                return min;
        if (supplement != NULL && supplement->size_max_bytes < max)
                max = supplement->size_max_bytes;
        max = layout_round_down(draft, max);
        return max > min ? max : min;
}

/* As with the sizes: where one of two gives none, none counts. */
uint64_t layout_padding_min(const struct layout_draft *draft, const struct layout_part *part)
{
        const struct layout_item *supplement = supplement_of(draft, part);
        uint64_t min = part->item->padding_min_bytes;

        if (part->is_foreign)
                return 0;
        if (supplement != NULL && supplement->padding_min_bytes > min)
                min = supplement->padding_min_bytes;
        return min == LAYOUT_UNSET ? 0 : layout_round_up(draft, min);
}

uint64_t layout_padding_max(const struct layout_draft *draft, const struct layout_part *part)
{
        const struct layout_item *supplement = supplement_of(draft, part);
        uint64_t max = part->item->padding_max_bytes, min = layout_padding_min(draft, part);

        if (supplement != NULL && supplement->padding_max_bytes < max)
                max = supplement->padding_max_bytes;
        max = layout_round_down(draft, max);
        return max > min ? max : min;
}

const struct layout_item *layout_weights(const struct layout_draft *draft, const struct layout_part *part)
{
        const struct layout_item *supplement = supplement_of(draft, part);

        return supplement != NULL ? supplement : part->item;
}

static uint64_t end_of(const struct layout_part *part)
{
        return part->start_bytes + part->current_bytes;
}

/* What lies in front of the usable range is no neighbour of any gap. */
static bool is_neighbour(const struct layout_draft *draft, const struct layout_part *part)
{
        return part->exists && (end_of(part) > draft->disk->first_bytes || part->start_bytes == draft->disk->first_bytes);
}

static bool is_before(const struct layout_part *a, const struct layout_part *b)
{
        return a->item->slot != b->item->slot ? a->item->slot < b->item->slot : a->item < b->item;
}

/* How much is free behind a part. Parts of a broken table may overlap: nothing is where another one goes on, and of those that
 * end at one place the first one has it. */
static uint64_t free_behind(const struct layout_draft *draft, const struct layout_part *part)
{
        uint64_t end = end_of(part), next = draft->disk->end_bytes;

        for (size_t i = 0; i < draft->part_count; i++) {
                const struct layout_part *other = &draft->parts[i];

                if (other == part || !other->exists)
                        continue;
                if (other->start_bytes >= end)
                        next = other->start_bytes < next ? other->start_bytes : next;
                else if (end_of(other) > end || (end_of(other) == end && part->current_bytes > 0 && is_before(other, part)))
                        return 0;
        }
        return layout_less(layout_round_down(draft, next), layout_round_up(draft, end));
}

static int add_gap(struct layout_draft *draft, uint64_t size_bytes, int after)
{
        if (size_bytes == 0)
                return -1;
        draft->gaps[draft->gap_count] = (struct layout_gap){ .after = after, .size_bytes = size_bytes };
        draft->order[draft->gap_count] = (uint16_t)draft->gap_count;
        return (int)draft->gap_count++;
}

void layout_find_gaps(struct layout_draft *draft)
{
        const struct layout_disk *disk = draft->disk;
        uint16_t by_slot[LAYOUT_ITEMS_MAX];
        uint64_t first_start = disk->end_bytes;
        size_t count = 0;

        for (size_t i = 0; i < draft->part_count; i++) {
                size_t at = count;

                draft->parts[i].gap_behind = -1;
                if (!is_neighbour(draft, &draft->parts[i]))
                        continue;
                for (; at > 0 && is_before(&draft->parts[i], &draft->parts[by_slot[at - 1]]); at--)
                        by_slot[at] = by_slot[at - 1];
                by_slot[at] = (uint16_t)i;
                count++;
                if (draft->parts[i].start_bytes < first_start)
                        first_start = draft->parts[i].start_bytes;
        }
        draft->gap_count = 0;
        for (size_t i = 0; i < count; i++) {
                struct layout_part *part = &draft->parts[by_slot[i]];

                part->gap_behind = add_gap(draft, free_behind(draft, part), by_slot[i]);
        }
        add_gap(draft, layout_less(layout_round_down(draft, first_start), layout_round_up(draft, disk->first_bytes)), -1);
}

/* What a part needs from its start on, up to where the next one could begin. */
static uint64_t required_by(const struct layout_draft *draft, const struct layout_part *part)
{
        uint64_t size = layout_sum(layout_size_min(draft, part), layout_padding_min(draft, part));

        if (part->exists)
                return layout_round_up(draft, layout_sum(part->start_bytes, size)) - part->start_bytes;
        return layout_round_up(draft, size);
}

/* Where a gap ends, and where it may begin once the part in front of it has what it needs; as if what is promised were at its
 * end. */
static uint64_t gap_end(const struct layout_draft *draft, const struct layout_gap *gap)
{
        uint64_t start = gap->after < 0 ? 0 : layout_round_up(draft, end_of(&draft->parts[gap->after]));

        return start + gap->size_bytes - gap->taken_bytes;
}

static uint64_t gap_start(const struct layout_draft *draft, const struct layout_gap *gap)
{
        const struct layout_part *after = &draft->parts[gap->after < 0 ? 0 : gap->after];

        return gap->after < 0 ? 0 : layout_sum(after->start_bytes, required_by(draft, after));
}

static uint64_t room_in(const struct layout_draft *draft, const struct layout_gap *gap)
{
        return layout_less(gap_end(draft, gap), gap_start(draft, gap));
}

/* Those of equal room stay in the order they are in: in the program's C library, sorting is a stable merge. */
static void sort_gaps(struct layout_draft *draft)
{
        for (size_t i = 1; i < draft->gap_count; i++) {
                uint16_t moving = draft->order[i];
                uint64_t room = room_in(draft, &draft->gaps[moving]);
                size_t at = i;

                for (; at > 0 && room_in(draft, &draft->gaps[draft->order[at - 1]]) > room; at--)
                        draft->order[at] = draft->order[at - 1];
                draft->order[at] = moving;
        }
}

static bool put_into_gap(struct layout_draft *draft, struct layout_part *part)
{
        uint64_t required = required_by(draft, part);

        for (size_t i = 0; i < draft->gap_count; i++) {
                struct layout_gap *gap = &draft->gaps[draft->order[i]];

                if (room_in(draft, gap) < required)
                        continue;
                gap->taken_bytes += required;
                part->gap_inside = draft->order[i];
                return true;
        }
        return false;
}

/* With its end off the grain the program wants a gap to have it rounded, however much it has already, and makes such an end
 * itself where it enlarges what begins off the grain. Here that alone keeps nothing from staying. */
static bool can_stay(const struct layout_draft *draft, const struct layout_part *part)
{
        uint64_t grain = draft->disk->grain_bytes, size = layout_size_min(draft, part);
        uint64_t has = layout_sum(part->current_bytes, part->gap_behind < 0 ? 0 : draft->gaps[part->gap_behind].size_bytes);

        if (end_of(part) % grain == 0)
                return has >= required_by(draft, part);
        return has >= size && layout_sum(has, grain - 1) >= layout_sum(size, layout_padding_min(draft, part));
}

bool layout_fill_gaps(struct layout_draft *draft)
{
        for (size_t i = 0; i < draft->gap_count; i++)
                draft->gaps[i].taken_bytes = 0;
        sort_gaps(draft);
        for (size_t i = 0; i < draft->part_count; i++) {
                struct layout_part *part = &draft->parts[i];

                part->gap_inside = -1;
                if (part->is_dropped || part->is_foreign || part->host >= 0)
                        continue;
                if (part->exists ? !can_stay(draft, part) : !put_into_gap(draft, part))
                        return false;
        }
        return true;
}
