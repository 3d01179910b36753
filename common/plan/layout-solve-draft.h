/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What layout_solve() works on, between its parts: which gaps there are (layout-solve-gap.c), what goes into which
 * (layout-solve.c), and how large it becomes there (layout-solve-share.c). Nobody else includes this. */
#ifndef CLEANSLATE_COMMON_LAYOUT_SOLVE_DRAFT_H
#define CLEANSLATE_COMMON_LAYOUT_SOLVE_DRAFT_H

#include "common/plan/layout-solve.h"

struct layout_part {
        const struct layout_item *item;
        bool exists;     /* has its place and keeps it */
        bool is_foreign; /* from the start, or because it was to grow and could not */
        bool is_dropped;
        uint64_t current_bytes; /* its size now; 0 where all of it is chosen anew */
        int supplement;         /* the part that is merged into this one; -1 = none */
        int host;               /* the part that this one is merged into; -1 = it stands alone */
        int gap_behind;         /* of what exists: the gap that begins at its end; -1 = none */
        int gap_inside;         /* of what is new: the gap that it was given a place in; -1 = none */
        uint64_t start_bytes;
        uint64_t size_bytes, padding_bytes; /* chosen; LAYOUT_UNSET = not yet */
        uint32_t rank;
};

/* Free space, on grain boundaries. */
struct layout_gap {
        int after; /* the part in front of it; -1 = begins where the disk does */
        uint64_t size_bytes;
        uint64_t taken_bytes; /* promised to new parts */
};

struct layout_draft {
        const struct layout_disk *disk;
        size_t part_count, gap_count;
        struct layout_part parts[LAYOUT_ITEMS_MAX];
        struct layout_gap gaps[LAYOUT_ITEMS_MAX + 1];
        uint16_t order[LAYOUT_ITEMS_MAX + 1]; /* of the gaps, the smallest first */
        unsigned merges_left;                 /* combinations that may still be tried */
        uint32_t ranks;                       /* given so far */
};

/* Sums and roundings end at UINT64_MAX. */
uint64_t layout_sum(uint64_t a, uint64_t b);
uint64_t layout_less(uint64_t a, uint64_t b); /* a - b, or 0 */
uint64_t layout_round_up(const struct layout_draft *draft, uint64_t bytes);
uint64_t layout_round_down(const struct layout_draft *draft, uint64_t bytes);

/* The bounds of a part with what is merged into it. */
uint64_t layout_size_min(const struct layout_draft *draft, const struct layout_part *part);
uint64_t layout_size_max(const struct layout_draft *draft, const struct layout_part *part);
uint64_t layout_padding_min(const struct layout_draft *draft, const struct layout_part *part);
uint64_t layout_padding_max(const struct layout_draft *draft, const struct layout_part *part);

/* Whose Weight= and PaddingWeight= count: the supplement's, where one is merged into the part. */
const struct layout_item *layout_weights(const struct layout_draft *draft, const struct layout_part *part);

/* Finds all gaps; `order` is that of the slots they lie behind, the one in front of everything last. */
void layout_find_gaps(struct layout_draft *draft);

/* Gives every new part a gap that has room for its minimum. False: they do not all fit. */
bool layout_fill_gaps(struct layout_draft *draft);

/* Sizes, paddings and starts of all parts, once each has its gap. False: they do not fit after all. */
bool layout_share_gaps(struct layout_draft *draft);

#endif
