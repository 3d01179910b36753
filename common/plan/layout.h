/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arithmetic on ranges of a disk. Knows neither policy nor partition tables, and trusts no number. */
#ifndef CLEANSLATE_COMMON_LAYOUT_H
#define CLEANSLATE_COMMON_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes [start, start + size); an end beyond UINT64_MAX counts as UINT64_MAX. */
struct layout_area {
        uint64_t start_bytes, size_bytes;
};

/* The exclusive end, saturating. */
uint64_t layout_area_end(const struct layout_area *area);

bool layout_areas_overlap(const struct layout_area *a, const struct layout_area *b);

/* Every range within `usable` that is free of all `taken` areas (at most LAYOUT_TAKEN_MAX, in any order, they may overlap), to
 * the byte, in order. Returns how many there are, `capacity` or fewer of them in ret; one more than `taken_count` at most. */
#define LAYOUT_TAKEN_MAX 130
size_t layout_gaps(const struct layout_area *usable, const struct layout_area *taken, size_t taken_count, struct layout_area *ret,
                   size_t capacity);

#endif
