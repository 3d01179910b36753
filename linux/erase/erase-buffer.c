/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/erase/erase-buffer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((size_t)2 << 20)

void *erase_buffer_new(size_t size)
{
        void *buffer = NULL;
        size = (size + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
        if (posix_memalign(&buffer, HUGE_PAGE_BYTES, size) != 0)
                return NULL;
        (void)madvise(buffer, size, MADV_HUGEPAGE);
        memset(buffer, 0, size);
        return buffer;
}
