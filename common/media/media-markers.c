/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markers; see media-markers.h. The generator is SplitMix64 (Steele, Lea, Flood 2014) over a seed of 256 random bits: a marker
 * has to be unique and incompressible, not secret. */
#include "common/media/media-markers.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

#define PIECE_BYTES 32u /* what must not remain */

static uint64_t mix(uint64_t value)
{
        value += UINT64_C(0x9e3779b97f4a7c15);
        value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
        return value ^ value >> 31;
}

/* Word `word` of stream `stream`; each depends on all of the seed. */
static uint64_t random_word(const struct media_markers *markers, uint32_t stream, uint32_t word)
{
        uint64_t state = (uint64_t)stream << 32 | word;

        for (size_t at = 0; at < MEDIA_MARKER_SEED; at += 8)
                state = mix(state ^ load_le64(markers->seed + at));
        return state;
}

bool media_markers_init(struct media_markers *ret, const uint8_t seed[static MEDIA_MARKER_SEED], uint64_t size_bytes,
                        uint32_t logical_sector)
{
        struct media_markers markers = { .size_bytes = size_bytes, .block_bytes = MEDIA_MARKER_BLOCK_MAX };
        uint64_t blocks = size_bytes / markers.block_bytes;

        if (logical_sector == 0 || logical_sector > MEDIA_MARKER_BLOCK_MAX || MEDIA_MARKER_BLOCK_MAX % logical_sector != 0 ||
            blocks < 2)
                return false;
        markers.count = blocks < MEDIA_MARKERS_MAX ? (uint32_t)blocks : MEDIA_MARKERS_MAX;
        memcpy(markers.seed, seed, sizeof(markers.seed));
        *ret = markers;
        return true;
}

uint64_t media_marker_offset(const struct media_markers *markers, uint32_t index)
{
        uint64_t blocks = markers->size_bytes / markers->block_bytes, stretches = markers->count - 2;

        if (index == 0)
                return 0;
        if (index == 1 || stretches == 0) /* up to the very last sector, also where the size is no multiple of a block */
                return markers->size_bytes - markers->block_bytes;
        uint64_t first = (index - 2) * (blocks - 2) / stretches, end = (index - 1) * (blocks - 2) / stretches;
        return (1 + first + random_word(markers, UINT32_MAX, index) % (end - first)) * markers->block_bytes;
}

void media_marker_fill(const struct media_markers *markers, uint32_t index, uint8_t *ret)
{
        for (uint32_t at = 0; at < markers->block_bytes; at += 8)
                store_le64(ret + at, random_word(markers, index, at));
}

bool media_marker_remains(const struct media_markers *markers, uint32_t index, const uint8_t *block)
{
        for (uint32_t at = 0; at < markers->block_bytes; at += PIECE_BYTES) {
                uint8_t piece[PIECE_BYTES];

                for (uint32_t i = 0; i < PIECE_BYTES; i += 8)
                        store_le64(piece + i, random_word(markers, index, at + i));
                if (memcmp(piece, block + at, PIECE_BYTES) == 0)
                        return true;
        }
        return false;
}
