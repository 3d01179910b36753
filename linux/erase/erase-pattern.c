/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/erase/erase-pattern.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <string.h>

int pattern_stream_init(struct pattern_stream *made, enum erase_pattern pattern, const uint8_t key[static KEYSTREAM_KEY_SIZE])
{
        made->keystream = NULL;
        made->expected = calloc(1, PATTERN_STRIDE_BYTES);
        if (!made->expected)
                return -ENOMEM;
        return pattern == PATTERN_KEYSTREAM ? keystream_new(key, &made->keystream) : 0;
}

void pattern_stream_done(struct pattern_stream *made)
{
        keystream_free(&made->keystream);
        free(made->expected);
        made->expected = NULL;
}

int pattern_stream_fill(struct pattern_stream *made, uint64_t offset_bytes, void *ret_data, size_t size)
{
        if (made->keystream)
                return keystream_make(made->keystream, offset_bytes, ret_data, size);
        memset(ret_data, 0, size);
        return 0;
}

static uint64_t compare_sectors(const uint8_t *expected, const uint8_t *data, size_t size, uint32_t sector_bytes,
                                uint64_t offset_bytes, struct bad_ranges *wrong)
{
        uint64_t right = 0;
        for (size_t at = 0, length; at < size; at += length) {
                length = size - at < sector_bytes ? size - at : sector_bytes;
                if (memcmp(expected + at, data + at, length) == 0)
                        right += length;
                else
                        bad_ranges_add(wrong, offset_bytes + at, length);
        }
        return right;
}

int pattern_stream_compare(struct pattern_stream *made, uint64_t offset_bytes, const void *data, size_t size,
                           uint32_t sector_bytes, struct bad_ranges *wrong, uint64_t *ret_right)
{
        uint64_t right = 0;
        for (size_t at = 0, length; at < size; at += length) {
                const uint8_t *found = (const uint8_t *)data + at;
                length = size - at < PATTERN_STRIDE_BYTES ? size - at : PATTERN_STRIDE_BYTES;
                int r = made->keystream ? keystream_make(made->keystream, offset_bytes + at, made->expected, length) : 0;
                if (r < 0)
                        return r;
                if (memcmp(made->expected, found, length) == 0)
                        right += length;
                else
                        right += compare_sectors(made->expected, found, length, sector_bytes, offset_bytes + at, wrong);
        }
        *ret_right = right;
        return 0;
}
