/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/erase/bad-ranges.h"

#include "common/base/memory.h"

static uint64_t end_of(const struct bad_range *range)
{
        return range->start_bytes + range->length_bytes;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
        return a > b ? a : b;
}

static void insert_at(struct bad_ranges *list, uint32_t at, struct bad_range range)
{
        if (list->count == BAD_RANGES_MAX) {
                list->more = true;
                list->total_bytes += range.length_bytes;
                return;
        }
        memmove(&list->ranges[at + 1], &list->ranges[at], (list->count - at) * sizeof(list->ranges[0]));
        list->ranges[at] = range;
        list->count++;
        list->total_bytes += range.length_bytes;
}

void bad_ranges_add(struct bad_ranges *list, uint64_t start_bytes, uint64_t length_bytes)
{
        struct bad_range merged = { start_bytes, length_bytes };
        uint32_t first = 0, behind;

        if (length_bytes == 0 || length_bytes > UINT64_MAX - start_bytes)
                return;
        while (first < list->count && end_of(&list->ranges[first]) < start_bytes)
                first++;
        for (behind = first; behind < list->count && list->ranges[behind].start_bytes <= start_bytes + length_bytes; behind++) {
                uint64_t end = greater(end_of(&merged), end_of(&list->ranges[behind]));

                merged.start_bytes = lesser(merged.start_bytes, list->ranges[behind].start_bytes);
                merged.length_bytes = end - merged.start_bytes;
                list->total_bytes -= list->ranges[behind].length_bytes;
        }
        if (behind == first) {
                insert_at(list, first, merged);
                return;
        }
        list->ranges[first] = merged;
        list->total_bytes += merged.length_bytes;
        memmove(&list->ranges[first + 1], &list->ranges[behind], (list->count - behind) * sizeof(list->ranges[0]));
        list->count -= behind - first - 1;
}

bool bad_ranges_touch(const struct bad_ranges *list, uint64_t start_bytes, uint64_t length_bytes)
{
        for (uint32_t i = 0; i < list->count; i++) {
                const struct bad_range *range = &list->ranges[i];

                if (range->start_bytes < start_bytes ? start_bytes - range->start_bytes < range->length_bytes
                                                     : range->start_bytes - start_bytes < length_bytes)
                        return true;
        }
        return false;
}
