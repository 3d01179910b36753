/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the reason of a kernel panic; see panic-text.h. */
#include "common/boot/panic-text.h"
#include "common/base/memory.h"

bool panic_text_find(const char *log, size_t size, char ret[static PANIC_TEXT_MAX])
{
        static const char mark[] = "Kernel panic - not syncing: ";
        const size_t mark_size = sizeof(mark) - 1;
        size_t from = 0, length = 0;

        for (size_t at = 0; size >= mark_size && at <= size - mark_size; at++)
                if (memcmp(log + at, mark, mark_size) == 0)
                        from = at + mark_size;
        while (from > 0 && from + length < size && length < PANIC_TEXT_MAX - 1 && log[from + length] != '\n')
                length++;
        if (length == 0)
                return false;
        for (size_t i = 0; i < length; i++)
                ret[i] = log[from + i] >= ' ' && log[from + i] <= '~' ? log[from + i] : '?';
        ret[length] = '\0';
        return true;
}
