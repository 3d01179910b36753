/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes on a screen: what is shown is safe, fits, is never longer than what came in, and does not change when shown again;
 * what was safe already stays as it is. */
#include "common/safe-text.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        char *shown = malloc(size + 1), *again = malloc(size + 1);
        struct writer whole = writer_over(shown, size + 1), part = writer_over(again, size / 2 + 1);

        MUST(shown != NULL && again != NULL);
        writer_safe_text(&whole, text, size);
        MUST(!whole.overflow && whole.size <= size && strlen(shown) == whole.size);
        MUST(text_is_safe(shown, whole.size));
        MUST(!text_is_safe(text, size) || (whole.size == size && memcmp(shown, text, size) == 0));
        writer_safe_text(&part, text, size);
        MUST(text_is_safe(again, part.size) && memcmp(shown, again, part.size) == 0);
        MUST(strcmp(safe_text(shown, again, size + 1), shown) == 0);
        free(shown);
        free(again);
        return 0;
}
