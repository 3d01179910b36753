/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded reading and writing of bytes and text; see bytes.h. Never allocates and never reads behind a stated length. */
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/base/refused-character.h"

#define DECIMAL_DIGITS_MAX 20 /* of UINT64_MAX */

static const char hex_digits[] = "0123456789abcdef";

void bytes_wipe(void *data, size_t size)
{
        volatile uint8_t *bytes = data;

        while (size-- > 0)
                bytes[size] = 0;
}

bool range_fits(size_t size, size_t offset, size_t length)
{
        return offset <= size && length <= size - offset;
}

uint16_t load_le16(const void *at)
{
        const uint8_t *bytes = at;
        return (uint16_t)(bytes[0] | bytes[1] << 8);
}

uint32_t load_le32(const void *at)
{
        const uint8_t *bytes = at;
        return load_le16(bytes) | (uint32_t)load_le16(bytes + 2) << 16;
}

uint64_t load_le64(const void *at)
{
        const uint8_t *bytes = at;
        return load_le32(bytes) | (uint64_t)load_le32(bytes + 4) << 32;
}

static void store_le(uint8_t *at, uint64_t value, size_t size)
{
        for (size_t i = 0; i < size; i++)
                at[i] = (uint8_t)(value >> (8 * i));
}

void store_le16(void *at, uint16_t value)
{
        store_le(at, value, sizeof(value));
}

void store_le32(void *at, uint32_t value)
{
        store_le(at, value, sizeof(value));
}

void store_le64(void *at, uint64_t value)
{
        store_le(at, value, sizeof(value));
}

struct writer writer_over(void *buffer, size_t capacity)
{
        if (capacity > 0)
                *(uint8_t *)buffer = 0;
        return (struct writer){ .data = buffer, .capacity = capacity };
}

/* Appends `size` bytes if they and `reserve` further bytes fit, and a NUL behind them where there is room for one. */
static void append(struct writer *writer, const void *data, size_t size, size_t reserve)
{
        size_t room = writer->capacity - writer->size;

        if (writer->overflow || size > room || reserve > room - size) {
                writer->overflow = true;
                return;
        }
        if (size > 0)
                memcpy(writer->data + writer->size, data, size);
        writer->size += size;
        if (writer->size < writer->capacity)
                writer->data[writer->size] = 0;
}

void writer_bytes(struct writer *writer, const void *data, size_t size)
{
        append(writer, data, size, 0);
}

uint8_t *writer_space(struct writer *writer, size_t size)
{
        uint8_t *space = writer->data + writer->size;

        if (writer->overflow || !range_fits(writer->capacity, writer->size, size)) {
                writer->overflow = true;
                return NULL;
        }
        writer->size += size;
        return space;
}

static void append_text(struct writer *writer, const char *text, size_t length)
{
        append(writer, text, length, 1);
}

void writer_text(struct writer *writer, const char *text)
{
        append_text(writer, text, text_length(text));
}

void writer_char(struct writer *writer, char character)
{
        append_text(writer, &character, 1);
}

void writer_decimal(struct writer *writer, uint64_t value)
{
        char digits[DECIMAL_DIGITS_MAX];
        size_t at = sizeof(digits);

        do {
                digits[--at] = (char)('0' + value % 10);
                value /= 10;
        } while (value > 0);
        append_text(writer, digits + at, sizeof(digits) - at);
}

void writer_hex(struct writer *writer, const void *data, size_t size)
{
        const uint8_t *bytes = data;

        for (size_t i = 0; i < size; i++) {
                char pair[2] = { hex_digits[bytes[i] >> 4], hex_digits[bytes[i] & 15] };
                append_text(writer, pair, sizeof(pair));
        }
}

/* Bytes of the UTF-8 sequence at the start of `text`; 0 if there is no valid one. */
static size_t utf8_sequence(const uint8_t *text, size_t length)
{
        static const struct {
                uint8_t lead_first, lead_last, second_first, second_last, size;
        } forms[] = {
                { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
                { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
                { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
        };
        size_t form = 0;

        if (length == 0)
                return 0;
        while (form < ARRAY_SIZE(forms) && (text[0] < forms[form].lead_first || text[0] > forms[form].lead_last))
                form++;
        if (form == ARRAY_SIZE(forms) || forms[form].size > length)
                return 0;
        if (forms[form].size > 1 && (text[1] < forms[form].second_first || text[1] > forms[form].second_last))
                return 0;
        for (size_t i = 2; i < forms[form].size; i++)
                if ((text[i] & 0xc0) != 0x80)
                        return 0;
        return forms[form].size;
}

size_t text_character(const char *text, size_t length, uint32_t *ret_point)
{
        size_t size = utf8_sequence((const uint8_t *)text, length);
        uint8_t lead = size > 0 ? (uint8_t)text[0] : 0;
        uint32_t point = size > 1 ? lead & (0x7fU >> size) : lead;

        if (size == 0)
                return 0;
        for (size_t i = 1; i < size; i++)
                point = point << 6 | ((uint8_t)text[i] & 0x3f);
        *ret_point = point;
        return size;
}

static void append_json_unit(struct writer *writer, uint32_t unit)
{
        writer_text(writer, "\\u");
        writer_hex(writer, (uint8_t[]){ (uint8_t)(unit >> 8), (uint8_t)unit }, 2);
}

void writer_json_escape(struct writer *writer, uint32_t point)
{
        if (point < 0x10000) {
                append_json_unit(writer, point);
                return;
        }
        append_json_unit(writer, 0xd800 + ((point - 0x10000) >> 10));
        append_json_unit(writer, 0xdc00 + ((point - 0x10000) & 0x3ff));
}

static void append_json_control(struct writer *writer, uint8_t control)
{
        static const char shorthands[] = "\bb\ff\nn\rr\tt";

        for (size_t i = 0; i + 1 < sizeof(shorthands); i += 2)
                if (control == (uint8_t)shorthands[i]) {
                        append_text(writer, (char[]){ '\\', shorthands[i + 1] }, 2);
                        return;
                }
        writer_json_escape(writer, control);
}

void writer_json_string(struct writer *writer, const char *text)
{
        const uint8_t *bytes = (const uint8_t *)text;
        size_t length = text_length(text);

        writer_char(writer, '"');
        for (size_t at = 0; at < length;) {
                uint32_t point = 0;
                size_t sequence = text_character(text + at, length - at, &point);

                if (sequence == 0) /* a damaged name or message must not damage the whole record */
                        writer_text(writer, "\\ufffd");
                else if (bytes[at] < 0x20)
                        append_json_control(writer, bytes[at]);
                else if (bytes[at] == '"' || bytes[at] == '\\')
                        append_text(writer, (char[]){ '\\', text[at] }, 2);
                else if (character_is_refused(point)) /* the same text, but on a screen it steers nothing */
                        writer_json_escape(writer, point);
                else
                        append_text(writer, text + at, sequence);
                at += sequence > 0 ? sequence : 1;
        }
        writer_char(writer, '"');
}

size_t text_length(const char *text)
{
        size_t length = 0;

        while (text[length] != '\0')
                length++;
        return length;
}

char text_lower(char character)
{
        return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

bool text_equal(const char *a, const char *b)
{
        size_t length = text_length(a);

        return length == text_length(b) && memcmp(a, b, length) == 0;
}

bool text_starts_with(const char *text, const char *prefix)
{
        size_t length = text_length(prefix);

        return text_length(text) >= length && memcmp(text, prefix, length) == 0;
}

bool text_copy(char *ret, size_t capacity, const char *text, size_t length)
{
        bool fits = length < capacity;

        if (capacity == 0)
                return false;
        if (fits && length > 0)
                memcpy(ret, text, length);
        ret[fits ? length : 0] = '\0';
        return fits;
}

bool text_is_utf8(const char *text, size_t length)
{
        for (size_t at = 0; at < length;) {
                size_t sequence = utf8_sequence((const uint8_t *)text + at, length - at);

                if (sequence == 0)
                        return false;
                at += sequence;
        }
        return true;
}

bool text_to_u64(const char *text, size_t length, uint64_t *ret)
{
        uint64_t value = 0;

        if (length == 0)
                return false;
        for (size_t i = 0; i < length; i++) {
                unsigned digit = (unsigned)(uint8_t)text[i] - '0';

                if (digit > 9 || value > (UINT64_MAX - digit) / 10)
                        return false;
                value = value * 10 + digit;
        }
        *ret = value;
        return true;
}

static int hex_digit_value(char digit)
{
        if (digit >= '0' && digit <= '9')
                return digit - '0';
        if (digit >= 'a' && digit <= 'f')
                return digit - 'a' + 10;
        if (digit >= 'A' && digit <= 'F')
                return digit - 'A' + 10;
        return -1;
}

bool text_to_hex_bytes(const char *text, size_t length, void *ret, size_t size)
{
        uint8_t *bytes = ret;

        if (length % 2 != 0 || length / 2 != size)
                return false;
        for (size_t i = 0; i < length; i++)
                if (hex_digit_value(text[i]) < 0)
                        return false;
        for (size_t i = 0; i < size; i++)
                bytes[i] = (uint8_t)(hex_digit_value(text[2 * i]) << 4 | hex_digit_value(text[2 * i + 1]));
        return true;
}
