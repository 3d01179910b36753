/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Foreign text made harmless for a screen; see safe-text.h. */
#include "common/safe-text.h"
#include "common/memory.h"

bool safe_text_refuses(uint32_t point)
{
        static const struct {
                uint32_t first, last;
        } refused[] = {
                { 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad },   { 0x034f, 0x034f },   { 0x061c, 0x061c },
                { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
                { 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
                { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
        };

        for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
                if (point >= refused[i].first && point <= refused[i].last)
                        return true;
        return (point & 0xfffe) == 0xfffe;
}

bool text_is_safe(const char *text, size_t length)
{
        for (size_t at = 0, size; at < length; at += size) {
                uint32_t point;

                size = text_character(text + at, length - at, &point);
                if (size == 0 || safe_text_refuses(point))
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
                if (size == 0 || safe_text_refuses(point))
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
                if (size > 0 && safe_text_refuses(point) && !is_space)
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
