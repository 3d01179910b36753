/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How large partitions become: each gap, with the partition in front of it, is shared by weight among those that are to be in it.
 */
#include "common/plan/layout-solve-draft.h"

/* What is still to be shared out of one gap, and among how much weight. */
struct rest {
        uint64_t bytes, weight;
};

/* In their order. */
enum phase { PHASE_NEEDS_MORE, PHASE_TAKES_LESS, PHASE_SHARE, PHASE_COUNT };

struct bounds {
        uint64_t min, max, weight;
};

/* What is foreign has no weight and is the first of its gap: it gets its minimum, which is all it has, before anything is shared.
 */
static struct bounds size_bounds(const struct layout_draft *draft, const struct layout_part *part)
{
        return (struct bounds){
                .min = layout_size_min(draft, part),
                .max = layout_size_max(draft, part),
                .weight = part->is_foreign ? 0 : layout_weights(draft, part)->weight,
        };
}

static struct bounds padding_bounds(const struct layout_draft *draft, const struct layout_part *part)
{
        return (struct bounds){
                .min = layout_padding_min(draft, part),
                .max = layout_padding_max(draft, part),
                .weight = part->is_foreign ? 0 : layout_weights(draft, part)->padding_weight,
        };
}

/* The parts of a gap as they lie on the disk: the one in front of it, then the new ones. */
struct members {
        size_t count;
        struct layout_part *parts[LAYOUT_ITEMS_MAX];
};

static struct members members_of(struct layout_draft *draft, int gap)
{
        struct members members = { 0 };

        if (draft->gaps[gap].after >= 0)
                members.parts[members.count++] = &draft->parts[draft->gaps[gap].after];
        for (size_t i = 0; i < draft->part_count; i++)
                if (draft->parts[i].gap_inside == gap)
                        members.parts[members.count++] = &draft->parts[i];
        return members;
}

/* value * weight / sum; halves what it multiplies with until that fits, so that all parts together are never more than the value.
 */
static uint64_t share_of(uint64_t value, uint64_t weight, uint64_t sum)
{
        while (weight > 0 && weight < sum && value > UINT64_MAX / weight) {
                sum = sum / 2 + sum % 2;
                weight /= 2;
        }
        if (weight == 0)
                return 0;
        return weight == sum ? value : value * weight / sum;
}

static void charge(const struct layout_draft *draft, struct rest *rest, uint64_t bytes)
{
        rest->bytes = layout_less(rest->bytes, layout_round_up(draft, bytes));
}

/* Chooses *value, a size or a padding, if this is the phase for it. */
static bool choose(const struct layout_draft *draft, enum phase phase, const struct bounds *bounds, struct rest *rest,
                   uint64_t *value)
{
        uint64_t share;

        if (*value != LAYOUT_UNSET)
                return false;
        share = share_of(rest->bytes, bounds->weight, rest->weight);
        if (phase == PHASE_NEEDS_MORE && bounds->min > share)
                *value = bounds->min;
        else if (phase == PHASE_TAKES_LESS && bounds->max < share)
                *value = bounds->max;
        else if (phase == PHASE_SHARE) {
                share = layout_round_down(draft, share);
                share = share < bounds->max ? share : bounds->max;
                *value = share > bounds->min ? share : bounds->min;
        } else
                return false;
        charge(draft, rest, *value);
        rest->weight -= bounds->weight;
        return true;
}

/* One turn of a phase; true if somebody was served, which changes the share of all others. */
static bool take_turn(const struct layout_draft *draft, const struct members *members, enum phase phase, struct rest *rest)
{
        bool changed = false;

        for (size_t i = 0; i < members->count; i++) {
                struct layout_part *part = members->parts[i];
                struct bounds size = size_bounds(draft, part), padding = padding_bounds(draft, part);

                changed |= choose(draft, phase, &size, rest, &part->size_bytes);
                changed |= choose(draft, phase, &padding, rest, &part->padding_bytes);
        }
        return changed;
}

/* What rounding and bounds have left over goes to the first one that takes it, and what nobody takes lies behind the last. */
static void give_rest(const struct layout_draft *draft, const struct members *members, struct rest *rest)
{
        for (size_t i = 0; i < members->count; i++) {
                struct layout_part *part = members->parts[i];
                uint64_t had = part->size_bytes, max = layout_size_max(draft, part);
                uint64_t size = layout_round_down(draft, had + rest->bytes);

                size = size < max ? size : max;
                if (size <= had)
                        continue;
                part->size_bytes = size;
                charge(draft, rest, size - had);
        }
        if (members->count > 0)
                members->parts[members->count - 1]->padding_bytes += layout_round_down(draft, rest->bytes);
}

static void share_gap(struct layout_draft *draft, int index)
{
        const struct layout_gap *gap = &draft->gaps[index];
        const struct members members = members_of(draft, index);
        struct rest rest = { .bytes = gap->size_bytes };

        if (gap->after >= 0) {
                const struct layout_part *after = &draft->parts[gap->after];

                rest.bytes += layout_round_up(draft, after->start_bytes + after->current_bytes) - after->start_bytes;
        }
        for (size_t i = 0; i < members.count; i++)
                rest.weight += size_bounds(draft, members.parts[i]).weight + padding_bounds(draft, members.parts[i]).weight;
        /* Whoever is served is so once: no phase has more turns than there are sizes and paddings, and one. */
        for (int phase = PHASE_NEEDS_MORE; phase < PHASE_COUNT; phase++)
                while (take_turn(draft, &members, (enum phase)phase, &rest))
                        ;
        give_rest(draft, &members, &rest);
}

/* Everything was promised room for its minimum. That nobody got more than there is, though, holds for numbers that a disk can
 * have; with others, share_of() may round once more in one's favour than in another's. */
static bool place_in_gap(struct layout_draft *draft, int index)
{
        const struct layout_gap *gap = &draft->gaps[index];
        const struct members members = members_of(draft, index);
        uint64_t start = draft->disk->first_bytes, end = start;

        for (size_t i = 0; i < members.count; i++) {
                struct layout_part *part = members.parts[i];

                if (part->exists)
                        end = part->start_bytes + part->current_bytes;
                else {
                        part->start_bytes = layout_round_up(draft, start);
                        part->rank = draft->ranks++;
                }
                start = layout_sum(part->start_bytes, layout_sum(part->size_bytes, part->padding_bytes));
        }
        return start <= layout_round_up(draft, end) + gap->size_bytes;
}

bool layout_share_gaps(struct layout_draft *draft)
{
        bool fits = true;

        for (size_t i = 0; i < draft->part_count; i++) {
                draft->parts[i].size_bytes = LAYOUT_UNSET;
                draft->parts[i].padding_bytes = LAYOUT_UNSET;
        }
        for (size_t i = 0; i < draft->gap_count; i++)
                share_gap(draft, (int)i);
        draft->ranks = 0;
        for (size_t i = 0; i < draft->gap_count; i++)
                fits &= place_in_gap(draft, draft->order[i]);
        for (size_t i = 0; i < draft->part_count; i++) {
                struct layout_part *part = &draft->parts[i];

                if (part->exists && part->gap_behind < 0) {
                        part->size_bytes = part->current_bytes;
                        part->padding_bytes = 0;
                }
        }
        return fits;
}
