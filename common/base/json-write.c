/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/base/json-write.h"

#include "common/base/base64.h"

static char last_of(const struct writer *writer)
{
        return writer->size > 0 ? (char)writer->data[writer->size - 1] : '{';
}

/* Behind a key, and at the beginning of what is open, there is none. A text ends with its quotation mark, whatever is in it. */
static void separate(struct writer *writer)
{
        char last = last_of(writer);
        if (last != '{' && last != '[' && last != ':' && last != ' ')
                writer_char(writer, ',');
}

void json_open(struct writer *writer, char bracket)
{
        separate(writer);
        writer_char(writer, bracket);
}

void json_close(struct writer *writer, char bracket)
{
        writer_char(writer, bracket);
}

void json_text(struct writer *writer, const char *value)
{
        separate(writer);
        if (value)
                writer_json_string(writer, value);
        else
                writer_text(writer, "null");
}

void json_number(struct writer *writer, uint64_t value)
{
        separate(writer);
        writer_decimal(writer, value);
}

void json_flag(struct writer *writer, bool value)
{
        separate(writer);
        writer_text(writer, value ? "true" : "false");
}

void json_hex(struct writer *writer, const void *data, size_t size)
{
        separate(writer);
        writer_char(writer, '"');
        writer_hex(writer, data, size);
        writer_char(writer, '"');
}

void json_base64(struct writer *writer, const void *data, size_t size)
{
        separate(writer);
        writer_char(writer, '"');
        writer_base64(writer, data, size);
        writer_char(writer, '"');
}

void json_key(struct writer *writer, const char *key)
{
        separate(writer);
        if (writer->json_style == JSON_LINES)
                writer_char(writer, '\n');
        else if (writer->json_style == JSON_SPACED && last_of(writer) == ',')
                writer_char(writer, ' ');
        writer_json_string(writer, key);
        writer_text(writer, writer->json_style == JSON_SPACED ? ": " : ":");
}

void json_member_open(struct writer *writer, const char *key, char bracket)
{
        json_key(writer, key);
        json_open(writer, bracket);
}

void json_member_text(struct writer *writer, const char *key, const char *value)
{
        json_key(writer, key);
        json_text(writer, value);
}

void json_member_number(struct writer *writer, const char *key, uint64_t value)
{
        json_key(writer, key);
        json_number(writer, value);
}

void json_member_flag(struct writer *writer, const char *key, bool value)
{
        json_key(writer, key);
        json_flag(writer, value);
}

void json_member_hex(struct writer *writer, const char *key, const void *data, size_t size)
{
        json_key(writer, key);
        json_hex(writer, data, size);
}

void json_member_base64(struct writer *writer, const char *key, const void *data, size_t size)
{
        json_key(writer, key);
        json_base64(writer, data, size);
}

void json_member_id(struct writer *writer, const char *key, const struct id128 *id)
{
        static const struct id128 none;
        char text[ID128_TEXT_SIZE];
        id128_format(id, text);
        json_member_text(writer, key, id128_equal(id, &none) ? NULL : text);
}
