/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of policy files; see policy-values.h. */
#include "common/policy/policy-values.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

bool value_to_boolean(const char *text, bool *ret)
{
        static const char *const words[] = { "1", "yes", "y", "true", "t", "on", "0", "no", "n", "false", "f", "off" };
        char lower[8];
        size_t length = text_length(text);

        if (length >= sizeof(lower))
                return false;
        for (size_t i = 0; i <= length; i++)
                lower[i] = text_lower(text[i]);
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (text_equal(lower, words[i])) {
                        *ret = i < ARRAY_SIZE(words) / 2;
                        return true;
                }
        return false;
}

static bool is_blank(char character)
{
        return character == ' ' || character == '\t';
}

static unsigned digit_of(char character)
{
        character = text_lower(character);
        if (character >= '0' && character <= '9')
                return (unsigned)(character - '0');
        return character >= 'a' && character <= 'f' ? (unsigned)(character - 'a') + 10 : UINT32_MAX;
}

/* Digits up to something else; false: none, or more than 64 bits. */
static bool take_digits(const char **at, unsigned base, uint64_t *ret)
{
        const char *text = *at;
        uint64_t number = 0;

        for (; digit_of(*text) < base; text++) {
                if (number > (UINT64_MAX - digit_of(*text)) / base)
                        return false;
                number = number * base + digit_of(*text);
        }
        if (text == *at)
                return false;
        *at = text;
        *ret = number;
        return true;
}

/* Which power of 1024 the unit at *at is; -1: none there. 0 for "B", and for the end of the text. */
static int take_unit(const char **at)
{
        static const char units[] = "BKMGTPE";

        if (**at == '\0')
                return 0;
        for (int i = 0; units[i] != '\0'; i++)
                if (**at == units[i]) {
                        (*at)++;
                        return i;
                }
        return -1;
}

/* ".5" of 2^shift bytes, rounded down; digits beyond the ninth do not count. */
static bool take_fraction(const char **at, uint64_t *ret_numerator, uint64_t *ret_denominator)
{
        uint64_t numerator = 0, denominator = 1;

        if (**at == '.') {
                (*at)++;
                if (digit_of(**at) >= 10)
                        return false;
                for (; digit_of(**at) < 10; (*at)++)
                        if (denominator < UINT64_C(1000000000)) {
                                numerator = numerator * 10 + digit_of(**at);
                                denominator *= 10;
                        }
        }
        *ret_numerator = numerator;
        *ret_denominator = denominator;
        return true;
}

/* numerator / denominator of 2^shift, without a product of more than 64 bits: what ten bits at a time leave is carried on. */
static uint64_t fraction_of(uint64_t numerator, uint64_t denominator, unsigned shift)
{
        uint64_t whole = 0;

        for (; shift >= 10; shift -= 10) {
                numerator <<= 10;
                whole = (whole << 10) + numerator / denominator;
                numerator %= denominator;
        }
        return whole;
}

bool value_to_size(const char *text, uint64_t *ret_bytes)
{
        uint64_t sum = 0;
        int last = 7;

        do {
                uint64_t number, numerator, denominator, part;
                unsigned shift;
                int unit;

                while (is_blank(*text))
                        text++;
                if (!take_digits(&text, 10, &number) || !take_fraction(&text, &numerator, &denominator))
                        return false;
                while (is_blank(*text))
                        text++;
                unit = take_unit(&text);
                if (unit < 0 || unit >= last)
                        return false;
                last = unit;
                shift = 10 * (unsigned)unit;
                part = fraction_of(numerator, denominator, shift);
                if (number > UINT64_MAX >> shift || (number << shift) > UINT64_MAX - part ||
                    (number << shift) + part > UINT64_MAX - sum)
                        return false;
                sum += (number << shift) + part;
                while (is_blank(*text))
                        text++;
        } while (*text != '\0');
        *ret_bytes = sum;
        return true;
}

bool value_to_number(const char *text, uint64_t *ret)
{
        static const struct {
                char letter;
                unsigned base;
        } prefixes[] = { { 'x', 16 }, { 'b', 2 }, { 'o', 8 } };
        unsigned base = 10;
        uint64_t number;

        if (text[0] == '0' && text[1] != '\0') {
                base = 8;
                text++;
                for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
                        if (text_lower(*text) == prefixes[i].letter) {
                                base = prefixes[i].base;
                                text++;
                                break;
                        }
        }
        if (!take_digits(&text, base, &number) || *text != '\0')
                return false;
        *ret = number;
        return true;
}

bool value_to_signed(const char *text, int32_t *ret)
{
        bool negative = *text == '-';
        uint64_t number;

        if (!value_to_number(text + (negative || *text == '+'), &number) || number > (uint64_t)INT32_MAX + negative)
                return false;
        *ret = negative ? (int32_t) - (int64_t)number : (int32_t)number;
        return true;
}

/* Up to a separator outside of quotes, or the end; *at stays in front of it. */
static enum err take_quoted(const char **at, bool (*is_separator)(char), char *ret, size_t capacity)
{
        struct writer word = writer_over(ret, capacity);
        const char *text = *at;
        char quote = '\0';

        for (; *text != '\0' && (quote || !is_separator(*text)); text++) {
                if (quote && *text == quote)
                        quote = '\0';
                else if (!quote && (*text == '"' || *text == '\''))
                        quote = *text;
                else if (*text != '\\')
                        writer_char(&word, *text);
                else if (*++text == '\0')
                        return ERR_SYNTAX;
                else
                        writer_char(&word, *text);
        }
        *at = text;
        return quote ? ERR_SYNTAX : word.overflow ? ERR_TOO_LARGE : ERR_OK;
}

enum err value_next_word(const char **at, char *ret, size_t capacity)
{
        while (is_blank(**at))
                (*at)++;
        return **at == '\0' ? ERR_NOT_FOUND : take_quoted(at, is_blank, ret, capacity);
}

static bool is_colon(char character)
{
        return character == ':';
}

enum err value_next_field(const char **at, char *ret, size_t capacity)
{
        enum err err = *at ? take_quoted(at, is_colon, ret, capacity) : ERR_NOT_FOUND;

        if (err == ERR_OK)
                *at = **at == ':' ? *at + 1 : NULL;
        return err;
}

/* The bytes up to the next '/' or the end. */
static size_t component_length(const char *text, size_t length)
{
        size_t i = 0;

        while (i < length && text[i] != '/')
                i++;
        return i;
}

static bool is_dots(const char *component, size_t length, size_t dots)
{
        return length == dots && component[0] == '.' && component[length - 1] == '.';
}

enum err value_to_path(const char *text, size_t length, char ret[static POLICY_PATH_MAX])
{
        char path[POLICY_PATH_MAX];
        size_t used = 0, part;

        if (length == 0 || text[0] != '/')
                return ERR_RANGE;
        for (size_t i = 0; i < length; i++)
                if (text[i] == '\\' || text[i] == '"' || text[i] == '\'')
                        return ERR_UNSUPPORTED;
        for (size_t i = 1; i < length; i += part + 1) {
                part = component_length(text + i, length - i);
                if (part == 0 || is_dots(text + i, part, 1))
                        continue;
                if (is_dots(text + i, part, 2))
                        return ERR_RANGE;
                if (part + 2 > sizeof(path) - used)
                        return ERR_TOO_LARGE;
                path[used] = '/';
                memcpy(path + used + 1, text + i, part);
                used += part + 1;
        }
        if (used == 0)
                path[used++] = '/';
        return text_copy(ret, POLICY_PATH_MAX, path, used) ? ERR_OK : ERR_TOO_LARGE;
}

/* Cuts where it must, but never within a character. */
static void copy_cut(char *ret, size_t capacity, const char *text)
{
        size_t length = text_length(text);

        if (length >= capacity)
                length = capacity - 1;
        while (length > 0 && ((uint8_t)text[length] & 0xc0) == 0x80)
                length--;
        (void)text_copy(ret, capacity, text, length);
}

enum err policy_error_fill(struct policy_error *ret, enum err err, const char *file, unsigned line, const char *key,
                           const char *detail)
{
        if (!ret)
                return err;
        ret->err = err;
        ret->line = line;
        copy_cut(ret->file, sizeof(ret->file), file);
        copy_cut(ret->key, sizeof(ret->key), key);
        copy_cut(ret->detail, sizeof(ret->detail), detail);
        return err;
}
