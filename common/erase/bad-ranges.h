/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bounded list of the byte ranges that a medium failed on: sorted, merged, never overlapping. Never allocates; once it is full
 * it still counts bytes and says that it is not complete. */
#ifndef CLEANSLATE_COMMON_BAD_RANGES_H
#define CLEANSLATE_COMMON_BAD_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#define BAD_RANGES_MAX 64

struct bad_range {
        uint64_t start_bytes, length_bytes;
};

/* All zero is the empty list. */
struct bad_ranges {
        struct bad_range ranges[BAD_RANGES_MAX]; /* ascending, with a gap between each and the next */
        uint32_t count;
        bool more;            /* than fit: there are bad bytes in no range above */
        uint64_t total_bytes; /* of all, also of those that did not fit */
};

/* Adds [start, start + length), merging it with what it touches or overlaps. An empty range, or one that leaves 64 bits, is not
 * added. What did not fit and is added again counts twice: callers look at a sector once. */
void bad_ranges_add(struct bad_ranges *list, uint64_t start_bytes, uint64_t length_bytes);

/* Whether a known bad range has a byte in [start, start + length). */
bool bad_ranges_touch(const struct bad_ranges *list, uint64_t start_bytes, uint64_t length_bytes);

#endif
