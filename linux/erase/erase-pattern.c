/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/erase/erase-pattern.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <string.h>

int erase_maker_init(struct erase_maker *maker, enum erase_pattern pattern, const uint8_t key[static KEYSTREAM_KEY_SIZE])
{
        maker->keystream = NULL;
        maker->expected = calloc(1, PATTERN_STRIDE_BYTES);
        if (!maker->expected)
                return -ENOMEM;
        return pattern == PATTERN_KEYSTREAM ? keystream_new(key, &maker->keystream) : 0;
}

void erase_maker_done(struct erase_maker *maker)
{
        keystream_free(&maker->keystream);
        free(maker->expected);
        maker->expected = NULL;
}

int erase_maker_fill(struct erase_maker *maker, uint64_t offset_bytes, void *ret_data, size_t size)
{
        if (maker->keystream)
                return keystream_make(maker->keystream, offset_bytes, ret_data, size);
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

int erase_maker_compare(struct erase_maker *maker, uint64_t offset_bytes, const void *data, size_t size, uint32_t sector_bytes,
                        struct bad_ranges *wrong, uint64_t *ret_right)
{
        uint64_t right = 0;
        for (size_t at = 0, length; at < size; at += length) {
                const uint8_t *found = (const uint8_t *)data + at;
                length = size - at < PATTERN_STRIDE_BYTES ? size - at : PATTERN_STRIDE_BYTES;
                int r = maker->keystream ? keystream_make(maker->keystream, offset_bytes + at, maker->expected, length) : 0;
                if (r < 0)
                        return r;
                if (memcmp(maker->expected, found, length) == 0)
                        right += length;
                else
                        right += compare_sectors(maker->expected, found, length, sector_bytes, offset_bytes + at, wrong);
        }
        *ret_right = right;
        return 0;
}
