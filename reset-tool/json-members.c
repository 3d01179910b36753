/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/json-members.h"

void json_member_text(struct writer *writer, const char *separator, const char *key, const char *value)
{
        writer_text(writer, separator);
        writer_json_string(writer, key);
        writer_char(writer, ':');
        if (value)
                writer_json_string(writer, value);
        else
                writer_text(writer, "null");
}

void json_member_number(struct writer *writer, const char *separator, const char *key, uint64_t value)
{
        writer_text(writer, separator);
        writer_json_string(writer, key);
        writer_char(writer, ':');
        writer_decimal(writer, value);
}

void json_member_flag(struct writer *writer, const char *separator, const char *key, bool value)
{
        writer_text(writer, separator);
        writer_json_string(writer, key);
        writer_text(writer, value ? ":true" : ":false");
}

void json_member_id(struct writer *writer, const char *separator, const char *key, const struct id128 *id)
{
        static const struct id128 none;
        char text[ID128_TEXT_SIZE];
        id128_format(id, text);
        json_member_text(writer, separator, key, id128_equal(id, &none) ? NULL : text);
}
