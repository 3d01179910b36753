/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line at a time, read anew for every question: the list is short, and nothing needs to be stored. See esp-list.h. */
#include "common/rules/esp-list.h"
#include "common/base/memory.h"

struct line {
        char path[ESP_LIST_PATH_MAX]; /* unescaped, without a '/' in front or at the end */
        bool directory, pattern;
        bool has_sha256;
        uint8_t sha256[ESP_LIST_SHA256SIZE];
        const char *detail; /* after an error */
};

struct cursor {
        const char *text;
        size_t size, at;
        unsigned number;
};

static char folded(char character)
{
        return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

/* '*' never reaches over a '/', so only the last one has to be tried again. */
static bool matches(const char *pattern, const char *path, size_t length)
{
        const char *star = NULL;
        size_t at = 0, retry = 0;

        while (at < length) {
                if (*pattern == '*') {
                        star = ++pattern;
                        retry = at;
                } else if (*pattern != '\0' && folded(*pattern) == folded(path[at])) {
                        pattern++;
                        at++;
                } else if (star && path[retry] != '/') {
                        pattern = star;
                        at = ++retry;
                } else {
                        return false;
                }
        }
        while (*pattern == '*')
                pattern++;
        return *pattern == '\0';
}

bool esp_path_matches(const char *pattern, const char *path)
{
        return matches(pattern, path, text_length(path));
}

bool esp_path_equal(const char *a, const char *b)
{
        for (; *a != '\0' && folded(*a) == folded(*b); a++)
                b++;
        return *a == *b;
}

static enum err fail(struct line *line, enum err err, const char *detail)
{
        line->detail = detail;
        return err;
}

static bool is_blank(char character)
{
        return character == ' ' || character == '\t' || character == '\r';
}

/* A path and not a way around one. */
static enum err judge_path(struct line *line, size_t length)
{
        size_t begin = 0;

        if (length == 0)
                return fail(line, ERR_RANGE, "a path from the root of the partition");
        for (size_t i = 0; i <= length; i++) {
                if (i < length && line->path[i] != '/')
                        continue;
                size_t part = i - begin;
                const char *name = line->path + begin;
                if (part == 0 || (part == 1 && name[0] == '.') || (part == 2 && name[0] == '.' && name[1] == '.'))
                        return fail(line, ERR_RANGE, "a path has no empty parts, no \".\" and no \"..\"");
                begin = i + 1;
        }
        return ERR_OK;
}

/* One character of a path as it is written; *at moves behind it. */
static enum err take_character(struct line *line, struct bytes text, size_t *at, char *ret)
{
        uint8_t value;

        if (text.data[*at] != '\\') {
                *ret = (char)text.data[(*at)++];
                return ERR_OK;
        }
        if (!range_fits(text.size, *at, 4) || text.data[*at + 1] != 'x' ||
            !text_to_hex_bytes((const char *)text.data + *at + 2, 2, &value, 1) || value == 0 || value == '/')
                return fail(line, ERR_RANGE, "a backslash is only allowed in \\xHH; parts of a path are separated by /");
        *ret = (char)value;
        *at += 4;
        return ERR_OK;
}

static enum err read_path(struct line *line, struct bytes text)
{
        size_t length = 0, at = text.size > 0 && text.data[0] == '/';

        while (at < text.size) {
                char character = '\0';
                enum err err = take_character(line, text, &at, &character);

                if (err != ERR_OK)
                        return err;
                if (length + 1 == ESP_LIST_PATH_MAX)
                        return fail(line, ERR_TOO_LARGE, "at most 255 bytes in a path");
                line->pattern |= character == '*';
                line->path[length++] = character;
        }
        line->directory = length > 0 && line->path[length - 1] == '/';
        length -= line->directory;
        line->path[length] = '\0';
        return judge_path(line, length);
}

static enum err read_line(struct line *line, const char *text, size_t size)
{
        struct bytes path = { .data = (const uint8_t *)text };
        size_t at = 0;
        enum err err;

        while (path.size < size && !is_blank(text[path.size]))
                path.size++;
        err = read_path(line, path);
        for (at = path.size; at < size && is_blank(text[at]);)
                at++;
        if (err != ERR_OK || at == size)
                return err;
        if (line->directory || line->pattern)
                return fail(line, ERR_SYNTAX, "a hash has to follow the path of a single file");
        line->has_sha256 = true;
        return text_to_hex_bytes(text + at, size - at, line->sha256, sizeof(line->sha256))
                       ? ERR_OK
                       : fail(line, ERR_SYNTAX, "PATH, or PATH and a SHA-256 of 64 digits");
}

/* The next line with something on it; false at the end. *ret_err tells whether it could be read. */
static bool next_line(struct cursor *cursor, struct line *ret, enum err *ret_err)
{
        while (cursor->at < cursor->size) {
                const char *begin = cursor->text + cursor->at;
                size_t length = 0;

                while (cursor->at + length < cursor->size && begin[length] != '\n')
                        length++;
                cursor->at += length + 1;
                cursor->number++;
                while (length > 0 && is_blank(begin[0])) {
                        begin++;
                        length--;
                }
                while (length > 0 && is_blank(begin[length - 1]))
                        length--;
                if (length == 0 || begin[0] == '#')
                        continue;
                memset(ret, 0, sizeof(*ret));
                *ret_err = read_line(ret, begin, length);
                return true;
        }
        return false;
}

enum err esp_list_check(const char *text, size_t size, unsigned *ret_line, const char **ret_detail)
{
        struct cursor cursor = { .text = text, .size = size };
        struct line line;
        unsigned lines = 0;
        enum err err = ERR_OK;

        *ret_line = 0;
        *ret_detail = "at most 64 KiB of UTF-8 and 256 paths in the list";
        if (size > ESP_LIST_MAX)
                return ERR_TOO_LARGE;
        if (!text_is_utf8(text, size))
                return ERR_ENCODING;
        while (next_line(&cursor, &line, &err)) {
                if (err == ERR_OK && ++lines <= ESP_LIST_LINES_MAX)
                        continue;
                *ret_line = cursor.number;
                if (err == ERR_OK)
                        return ERR_TOO_LARGE;
                *ret_detail = line.detail;
                return err;
        }
        return ERR_OK;
}

/* How much of the path the line speaks of: as many parts as the line has, if it declares a directory. */
static size_t length_declared(const struct line *line, const char *path)
{
        size_t slashes = 0, length = 0;

        if (!line->directory)
                return text_length(path);
        for (size_t i = 0; line->path[i] != '\0'; i++)
                slashes += line->path[i] == '/';
        for (; path[length] != '\0'; length++)
                if (path[length] == '/' && slashes-- == 0)
                        break;
        return length;
}

static bool declares(const struct line *line, const char *path)
{
        return matches(line->path, path, length_declared(line, path));
}

enum esp_declared esp_list_find(const struct esp_list *list, const char *path)
{
        struct cursor cursor = { .text = list->text, .size = list->size };
        enum esp_declared declared = ESP_NOT_DECLARED;
        struct line line;
        enum err err = ERR_OK;

        while (list->present && next_line(&cursor, &line, &err)) {
                if (err != ERR_OK || !declares(&line, path))
                        continue;
                if (!line.has_sha256)
                        return ESP_DECLARED;
                declared = ESP_DECLARED_WITH_HASH;
        }
        return declared;
}

bool esp_list_has_hash(const struct esp_list *list, const char *path, const uint8_t sha256[static ESP_LIST_SHA256SIZE])
{
        struct cursor cursor = { .text = list->text, .size = list->size };
        struct line line;
        enum err err = ERR_OK;

        while (list->present && next_line(&cursor, &line, &err))
                if (err == ERR_OK && line.has_sha256 && declares(&line, path) &&
                    memcmp(line.sha256, sha256, sizeof(line.sha256)) == 0)
                        return true;
        return false;
}
