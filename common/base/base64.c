/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64, strictly; see base64.h. Never allocates and never writes behind a stated capacity. */
#include "common/base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void writer_base64(struct writer *writer, const void *data, size_t size)
{
        const uint8_t *bytes = data;

        for (size_t at = 0; at < size; at += 3) {
                size_t count = size - at < 3 ? size - at : 3;
                uint32_t group = (uint32_t)bytes[at] << 16;

                if (count > 1)
                        group |= (uint32_t)bytes[at + 1] << 8;
                if (count > 2)
                        group |= bytes[at + 2];
                for (size_t i = 0; i < 4; i++)
                        writer_char(writer, i <= count ? digits[group >> (18 - 6 * i) & 0x3f] : '=');
        }
}

/* 0..63, or -1 for a character outside of the alphabet. */
static int digit_value(char digit)
{
        if (digit >= 'A' && digit <= 'Z')
                return digit - 'A';
        if (digit >= 'a' && digit <= 'z')
                return digit - 'a' + 26;
        if (digit >= '0' && digit <= '9')
                return digit - '0' + 52;
        return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

/* Four characters, `count` of which (2..4) are digits and the rest padding, to count - 1 bytes. */
static bool decode_group(const char text[static 4], size_t count, uint8_t ret[static 3])
{
        uint32_t group = 0;

        for (size_t i = 0; i < 4; i++) {
                int value = i < count ? digit_value(text[i]) : 0;

                if (value < 0)
                        return false;
                group = group << 6 | (uint32_t)value;
        }
        for (size_t i = 0; i < 3; i++)
                ret[i] = (uint8_t)(group >> (16 - 8 * i));
        return (count == 4 || ret[2] == 0) && (count > 2 || ret[1] == 0);
}

enum err base64_decode(const char *text, size_t length, void *ret, size_t capacity, size_t *ret_size)
{
        uint8_t *bytes = ret;
        size_t size = 0;

        if (length % 4 != 0)
                return ERR_SYNTAX;
        for (size_t at = 0; at < length; at += 4) {
                size_t count = 4;
                uint8_t group[3];

                if (at + 4 == length && text[at + 3] == '=')
                        count = text[at + 2] == '=' ? 2 : 3;
                if (!decode_group(text + at, count, group))
                        return ERR_SYNTAX;
                if (!range_fits(capacity, size, count - 1))
                        return ERR_BUFFER_TOO_SMALL;
                for (size_t i = 0; i < count - 1; i++)
                        bytes[size++] = group[i];
        }
        *ret_size = size;
        return ERR_OK;
}
