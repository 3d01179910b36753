/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markers: unique blocks that are written to a device before it purges itself and must be gone afterwards. A device that answers
 * "done" and erased nothing is found out by them. Owns where they are and what they hold, as a function of one seed, so that seed
 * and geometry in a record are enough to repeat the check. Pure. */
#ifndef CLEANSLATE_COMMON_MEDIA_MARKERS_H
#define CLEANSLATE_COMMON_MEDIA_MARKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_MARKERS_MAX      258 /* first, last, 256 in between */
#define MEDIA_MARKER_SEED      32
#define MEDIA_MARKER_BLOCK_MAX 4096

struct media_markers {
        uint8_t seed[MEDIA_MARKER_SEED]; /* random, new for each purge */
        uint64_t size_bytes;             /* of the device */
        uint32_t block_bytes;            /* of a marker: multiple of the logical sector */
        uint32_t count;
};

struct media_marker_count {
        uint32_t written, gone, remaining, unreadable;
        uint64_t first_remaining_offset; /* valid if remaining > 0 */
};

/* Takes a seed and a geometry. False: the device is too small for two markers or its sectors are larger than a block. */
bool media_markers_init(struct media_markers *ret, const uint8_t seed[static MEDIA_MARKER_SEED], uint64_t size_bytes,
                        uint32_t logical_sector);

/* Byte offset of marker `index`: 0 is the first block, 1 the last, the others one in each of count - 2 equal stretches, at a
 * place the seed gives. Multiples of the logical sector; no two overlap. */
uint64_t media_marker_offset(const struct media_markers *markers, uint32_t index);

/* Content of marker `index`; ret has block_bytes. */
void media_marker_fill(const struct media_markers *markers, uint32_t index, uint8_t *ret);

/* True if any 32 bytes of the marker are still where they were: a half-erased block is no erased block. */
bool media_marker_remains(const struct media_markers *markers, uint32_t index, const uint8_t *block);

#endif
