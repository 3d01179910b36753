/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The four functions that compilers call by themselves; there is no libc in the stub. Built so that the loops are not turned back
 * into calls of these very functions (module.mk). */
#include "common/base/memory.h"
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
        return memmove(to, from, size);
}

/* Word by word where both sides allow it: the initrd's megabytes pass through here. */
static size_t copy_words(uint8_t *target, const uint8_t *source, size_t size)
{
        size_t at = 0;

        if (((uintptr_t)target | (uintptr_t)source) % sizeof(uint64_t) != 0)
                return 0;
        for (; size - at >= sizeof(uint64_t); at += sizeof(uint64_t))
                *(uint64_t __attribute__((may_alias)) *)(target + at) =
                        *(const uint64_t __attribute__((may_alias)) *)(source + at);
        return at;
}

void *memmove(void *to, const void *from, size_t size)
{
        uint8_t *target = to;
        const uint8_t *source = from;

        if (target > source && target < source + size) {
                while (size-- > 0)
                        target[size] = source[size];
                return to;
        }
        for (size_t at = copy_words(target, source, size); at < size; at++)
                target[at] = source[at];
        return to;
}

void *memset(void *to, int value, size_t size)
{
        uint8_t *target = to;

        for (size_t at = 0; at < size; at++)
                target[at] = (uint8_t)value;
        return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
        const uint8_t *left = a, *right = b;

        for (size_t at = 0; at < size; at++)
                if (left[at] != right[at])
                        return left[at] < right[at] ? -1 : 1;
        return 0;
}
