/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where new partitions go: arithmetic on ranges of a disk. Knows neither policy nor partition tables, and trusts no number. */
#ifndef CLEANSLATE_COMMON_LAYOUT_H
#define CLEANSLATE_COMMON_LAYOUT_H

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAYOUT_GRAIN_BYTES (UINT64_C(1) << 20) /* starts and sizes of new partitions are multiples of it */
#define LAYOUT_DEMANDS_MAX 16

/* Bytes [start, start + size); an end beyond UINT64_MAX counts as UINT64_MAX. */
struct layout_area {
        uint64_t start_bytes, size_bytes;
};

/* What one new partition wants. Minima are rounded up to the grain, maxima down, but never below the minimum. */
struct layout_demand {
        uint64_t size_min_bytes, size_max_bytes;
        uint32_t weight; /* at most 1000000 counts */
};

/* The exclusive end, saturating. */
uint64_t layout_area_end(const struct layout_area *area);

bool layout_areas_overlap(const struct layout_area *a, const struct layout_area *b);

/* The largest range within `usable` that is free of all `taken` areas, which may be in any order and overlap; of equal ones
 * the first. On grain boundaries; size 0 if there is none. */
struct layout_area layout_largest_free(const struct layout_area *usable, const struct layout_area *taken, size_t taken_count);

/* Every range within `usable` that is free of all `taken` areas (at most LAYOUT_TAKEN_MAX, in any order, they may overlap), to
 * the byte, in order. Returns how many there are, `capacity` or fewer of them in ret; one more than `taken_count` at most. */
#define LAYOUT_TAKEN_MAX 130
size_t layout_gaps(const struct layout_area *usable, const struct layout_area *taken, size_t taken_count, struct layout_area *ret,
                   size_t capacity);

/* Puts all demands into `area`, one behind the other in their order: first the minima, then what remains by weight up to the
 * maxima, what one cannot take going to the others. ERR_NO_SPACE (ret untouched), ERR_ARGUMENT (more than LAYOUT_DEMANDS_MAX). */
enum err layout_place(const struct layout_area *area, const struct layout_demand *demands, size_t count, struct layout_area *ret);

#endif
