/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/terminal-text.h"

#include <stdbool.h>

/* U+0080 to U+009F are C2 80 to C2 9F in UTF-8. */
static bool is_c1(const unsigned char *at)
{
        return at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f;
}

const char *terminal_text(const char *text, char *ret, size_t capacity)
{
        const unsigned char *from = (const unsigned char *)text;
        size_t i = 0;
        while (from[i] && i + 1 < capacity) {
                bool control = from[i] < ' ' || from[i] == 0x7f || is_c1(from + i) || (i > 0 && is_c1(from + i - 1));
                ret[i] = control ? '?' : text[i];
                i++;
        }
        ret[i] = 0;
        return ret;
}
