/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes on a screen: what is shown is safe, fits, is never longer than what came in, and does not change when shown again;
 * what was safe already stays as it is. */
#include "common/base/json.h"
#include "common/base/safe-text.h"
#include "tests/fuzz/fuzz.h"

/* As a string of JSON it is safe, too, and still the same text. */
static void check_json(const char *text)
{
        static char json_text[65536], back[65536];
        static struct json json;
        struct writer writer = writer_over(json_text, sizeof(json_text)), again = writer_over(back, sizeof(back));

        writer_text(&writer, "{\"a\":");
        writer_json_string(&writer, text);
        writer_char(&writer, '}');
        if (writer.overflow)
                return;
        MUST(text_is_safe(json_text, writer.size));
        writer_safe_json(&again, json_text, writer.size);
        MUST(strcmp(back, json_text) == 0);
        MUST(json_parse(&json, json_text, writer.size) == ERR_OK);
        if (!text_is_utf8(text, strlen(text)))
                return;
        MUST(json_string(&json, json_member(&json, 0, "a"), back, sizeof(back)) == ERR_OK);
        MUST(strcmp(back, text) == 0);
}

static void check_safe_json(const char *text, size_t size)
{
        char *shown = malloc(6 * size + 1);
        struct writer writer = writer_over(shown, 6 * size + 1);

        MUST(shown != NULL);
        writer_safe_json(&writer, text, size);
        MUST(!writer.overflow);
        for (size_t i = 0; i < writer.size; i++)
                if (strchr("\n\r\t", shown[i]) != NULL)
                        shown[i] = ' ';
        MUST(text_is_safe(shown, writer.size));
        free(shown);
}

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
        memcpy(again, text, size);
        again[size] = '\0';
        check_json(again);
        check_safe_json(text, size);
        free(shown);
        free(again);
        return 0;
}
