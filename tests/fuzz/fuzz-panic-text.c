/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a log holds, the reason found in it is printable, fits, and stands in it. */
#include "common/boot/panic-text.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char reason[PANIC_TEXT_MAX];

        if (!panic_text_find((const char *)data, size, reason))
                return 0;
        MUST(memchr(reason, 0, sizeof(reason)) != NULL && reason[0] != 0);
        for (const char *c = reason; *c; c++)
                MUST(*c >= ' ' && *c <= '~');
        return 0;
}
