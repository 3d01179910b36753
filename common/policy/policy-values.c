/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of policy files; see policy-values.h. */
#include "common/policy/policy-values.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

static char to_lower(char character)
{
        return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

bool value_to_boolean(const char *text, bool *ret)
{
        static const char *const words[] = { "1", "yes", "y", "true", "t", "on", "0", "no", "n", "false", "f", "off" };
        char lower[8];
        size_t length = text_length(text);

        if (length >= sizeof(lower))
                return false;
        for (size_t i = 0; i <= length; i++)
                lower[i] = to_lower(text[i]);
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (text_equal(lower, words[i])) {
                        *ret = i < ARRAY_SIZE(words) / 2;
                        return true;
                }
        return false;
}

bool value_to_size(const char *text, uint64_t *ret_bytes)
{
        static const char suffixes[] = "BKMGTPE";
        size_t length = text_length(text);
        unsigned shift = 0;
        uint64_t number;

        for (size_t i = 0; length > 0 && i + 1 < sizeof(suffixes); i++)
                if (text[length - 1] == suffixes[i]) {
                        shift = (unsigned)i * 10;
                        length--;
                        break;
                }
        if (!text_to_u64(text, length, &number) || number > UINT64_MAX >> shift)
                return false;
        *ret_bytes = number << shift;
        return true;
}

bool value_to_flags(const char *text, uint64_t *ret)
{
        uint8_t bytes[8];
        char digits[2 * sizeof(bytes)];
        size_t length = text_length(text);
        uint64_t value = 0;

        if (length < 2 || text[0] != '0' || to_lower(text[1]) != 'x')
                return text_to_u64(text, length, ret);
        length -= 2;
        if (length == 0 || length > sizeof(digits))
                return false;
        memset(digits, '0', sizeof(digits));
        memcpy(digits + sizeof(digits) - length, text + 2, length);
        if (!text_to_hex_bytes(digits, sizeof(digits), bytes, sizeof(bytes)))
                return false;
        for (size_t i = 0; i < sizeof(bytes); i++)
                value = value << 8 | bytes[i];
        *ret = value;
        return true;
}

enum err value_expand(const char *text, char *ret, size_t capacity)
{
        size_t used = 0, length = text_length(text);

        if (length >= capacity)
                return ERR_TOO_LARGE;
        for (size_t i = 0; i < length; i++)
                if (text[i] == '%' && text[++i] != '%')
                        return ERR_UNSUPPORTED;
        for (size_t i = 0; i < length; i++) {
                ret[used++] = text[i];
                i += text[i] == '%';
        }
        ret[used] = '\0';
        return ERR_OK;
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
