/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Foreign text made harmless for a screen; see safe-text.h. */
#include "common/base/safe-text.h"
#include "common/base/memory.h"
#include "common/base/refused-character.h"

bool text_is_safe(const char *text, size_t length)
{
        for (size_t at = 0, size; at < length; at += size) {
                uint32_t point;

                size = text_character(text + at, length - at, &point);
                if (size == 0 || character_is_refused(point))
                        return false;
        }
        return true;
}

/* Whole, or not at all. */
static void append_character(struct writer *writer, const char *text, size_t size)
{
        char character[TEXT_CHARACTER_MAX + 1] = { 0 };

        memcpy(character, text, size);
        writer_text(writer, character);
}

void writer_safe_text(struct writer *writer, const char *text, size_t length)
{
        for (size_t at = 0, size; at < length && !writer->overflow; at += size) {
                uint32_t point;

                size = text_character(text + at, length - at, &point);
                if (size == 0 || character_is_refused(point))
                        writer_char(writer, '?');
                else
                        append_character(writer, text + at, size);
                if (size == 0)
                        size = 1;
        }
}

void writer_safe_json(struct writer *writer, const char *json, size_t length)
{
        for (size_t at = 0, size; at < length && !writer->overflow; at += size) {
                uint32_t point;
                bool is_space = json[at] == '\n' || json[at] == '\r' || json[at] == '\t';

                size = text_character(json + at, length - at, &point);
                if (size > 0 && character_is_refused(point) && !is_space)
                        writer_json_escape(writer, point);
                else if (size > 0)
                        append_character(writer, json + at, size);
                else
                        writer_char(writer, '?');
                if (size == 0)
                        size = 1;
        }
}

const char *safe_text(const char *text, char *ret, size_t capacity)
{
        struct writer writer = writer_over(ret, capacity);

        ret[0] = '\0';
        writer_safe_text(&writer, text, text_length(text));
        return ret;
}
