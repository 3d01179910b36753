/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of a disk; who gets which place is layout-solve.c's. */
#include "common/plan/layout.h"

uint64_t layout_area_end(const struct layout_area *area)
{
        return area->size_bytes > UINT64_MAX - area->start_bytes ? UINT64_MAX : area->start_bytes + area->size_bytes;
}

bool layout_areas_overlap(const struct layout_area *a, const struct layout_area *b)
{
        return a->size_bytes > 0 && b->size_bytes > 0 && a->start_bytes < layout_area_end(b) &&
               b->start_bytes < layout_area_end(a);
}

/* The taken area that begins first among those that end behind `position`; NULL if there is none. */
static const struct layout_area *next_taken(uint64_t position, const struct layout_area *taken, size_t taken_count)
{
        const struct layout_area *next = NULL;

        for (size_t i = 0; i < taken_count; i++)
                if (taken[i].size_bytes > 0 && layout_area_end(&taken[i]) > position &&
                    (next == NULL || taken[i].start_bytes < next->start_bytes))
                        next = &taken[i];
        return next;
}

size_t layout_gaps(const struct layout_area *usable, const struct layout_area *taken, size_t taken_count, struct layout_area *ret,
                   size_t capacity)
{
        uint64_t position = usable->start_bytes, end = layout_area_end(usable);
        size_t count = 0;

        while (position < end) {
                const struct layout_area *next = next_taken(position, taken, taken_count);
                uint64_t until = next == NULL || next->start_bytes > end ? end : next->start_bytes;

                if (until > position) {
                        if (count < capacity)
                                ret[count] = (struct layout_area){ position, until - position };
                        count++;
                }
                position = next == NULL ? end : layout_area_end(next);
        }
        return count;
}
