/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-16LE to UTF-8 and back; see utf16.h. */
#include "common/base/utf16.h"

#define SURROGATE_HIGH_FIRST 0xd800
#define SURROGATE_LOW_FIRST  0xdc00
#define SURROGATE_LAST       0xdfff

/* Appends one code point as UTF-8. */
static void write_utf8(struct writer *writer, uint32_t point)
{
        if (point < 0x80)
                writer_char(writer, (char)point);
        else if (point < 0x800)
                writer_bytes(writer, (uint8_t[]){ 0xc0 | point >> 6, 0x80 | (point & 0x3f) }, 2);
        else if (point < 0x10000)
                writer_bytes(writer, (uint8_t[]){ 0xe0 | point >> 12, 0x80 | (point >> 6 & 0x3f), 0x80 | (point & 0x3f) }, 3);
        else
                writer_bytes(writer,
                             (uint8_t[]){ 0xf0 | point >> 18, 0x80 | (point >> 12 & 0x3f), 0x80 | (point >> 6 & 0x3f),
                                          0x80 | (point & 0x3f) },
                             4);
}

enum err utf16_to_utf8(const void *text, size_t size, struct writer *writer)
{
        const uint8_t *value = text;
        size_t at = 0;

        if (size % 2 != 0)
                return ERR_TRUNCATED;
        while (at < size && load_le16(value + at) != 0) {
                uint32_t point = load_le16(value + at);
                uint32_t low = at + 4 <= size ? load_le16(value + at + 2) : 0;

                at += 2;
                if (point >= SURROGATE_LOW_FIRST && point <= SURROGATE_LAST)
                        return ERR_ENCODING;
                if (point >= SURROGATE_HIGH_FIRST && point < SURROGATE_LOW_FIRST) {
                        if (low < SURROGATE_LOW_FIRST || low > SURROGATE_LAST)
                                return ERR_ENCODING;
                        point = 0x10000 + ((point - SURROGATE_HIGH_FIRST) << 10) + (low - SURROGATE_LOW_FIRST);
                        at += 2;
                }
                write_utf8(writer, point);
        }
        for (; at < size; at += 2)
                if (load_le16(value + at) != 0)
                        return ERR_SYNTAX;
        return writer->overflow ? ERR_BUFFER_TOO_SMALL : ERR_OK;
}

static void write_utf16_unit(struct writer *writer, uint32_t unit)
{
        uint8_t encoded[2];

        store_le16(encoded, (uint16_t)unit);
        writer_bytes(writer, encoded, sizeof(encoded));
}

void utf16_from_utf8(const char *text, size_t size, struct writer *writer)
{
        for (size_t at = 0; at < size;) {
                uint8_t lead = (uint8_t)text[at];
                size_t sequence = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
                uint32_t point = sequence == 1 ? lead : lead & (0x7fU >> sequence);

                for (size_t i = 1; i < sequence; i++)
                        point = point << 6 | ((uint8_t)text[at + i] & 0x3f);
                at += sequence;
                if (point >= 0x10000) {
                        write_utf16_unit(writer, SURROGATE_HIGH_FIRST + ((point - 0x10000) >> 10));
                        point = SURROGATE_LOW_FIRST + ((point - 0x10000) & 0x3ff);
                }
                write_utf16_unit(writer, point);
        }
        write_utf16_unit(writer, 0);
}
