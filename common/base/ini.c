/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines are joined in the caller's struct, then split there; see ini.h. */
#include "common/base/ini.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

static bool is_blank(char character)
{
        return character == ' ' || character == '\t' || character == '\r';
}

void ini_init(struct ini *ret, const char *text, size_t size)
{
        static const char byte_order_mark[] = { '\xef', '\xbb', '\xbf' };

        ret->text = text;
        ret->size = size;
        ret->at = size >= sizeof(byte_order_mark) && memcmp(text, byte_order_mark, sizeof(byte_order_mark)) == 0 ? 3 : 0;
        ret->lines_read = 0;
        ret->line = 0;
        ret->section[0] = '\0';
        ret->key = ret->value = ret->detail = "";
        ret->buffer[0] = '\0';
}

static enum err fail(struct ini *ini, enum err err, const char *detail)
{
        ini->detail = detail;
        return err;
}

/* The next line as it stands in the text, without its end; false at the end of the text. */
static bool next_physical(struct ini *ini, struct bytes *ret)
{
        size_t start = ini->at, end = start;

        if (start >= ini->size)
                return false;
        while (end < ini->size && ini->text[end] != '\n')
                end++;
        ini->at = end < ini->size ? end + 1 : end;
        ini->lines_read++;
        if (end > start && ini->text[end - 1] == '\r')
                end--;
        *ret = (struct bytes){ .data = (const uint8_t *)ini->text + start, .size = end - start };
        return true;
}

static bool is_comment(struct bytes line)
{
        size_t i = 0;

        while (i < line.size && is_blank((char)line.data[i]))
                i++;
        return i < line.size && (line.data[i] == '#' || line.data[i] == ';');
}

/* An odd number of backslashes at the end: the last one is not itself escaped. */
static bool is_continued(struct bytes line)
{
        size_t count = 0;

        while (count < line.size && line.data[line.size - 1 - count] == '\\')
                count++;
        return count % 2 == 1;
}

/* Joins the next logical line in ini->buffer; *ret_found is false at the end of the text. */
static enum err join_line(struct ini *ini, size_t *ret_length, bool *ret_found)
{
        struct bytes piece;
        size_t length = 0;
        bool more = true, found = false;

        while (more && next_physical(ini, &piece)) {
                if (is_comment(piece))
                        continue;
                if (!found)
                        ini->line = ini->lines_read;
                found = true;
                if (piece.size >= INI_LINE_MAX - length)
                        return fail(ini, ERR_TOO_LARGE, "at most 4095 bytes in a line");
                memcpy(ini->buffer + length, piece.data, piece.size);
                length += piece.size;
                more = is_continued(piece);
                if (more)
                        ini->buffer[length - 1] = ' ';
        }
        ini->buffer[length] = '\0';
        *ret_length = length;
        *ret_found = found;
        return ERR_OK;
}

/* Cuts blanks off both ends of [start, end) in place; returns the NUL-terminated rest. */
static char *strip(char *start, char *end)
{
        while (start < end && is_blank(*start))
                start++;
        while (end > start && is_blank(end[-1]))
                end--;
        *end = '\0';
        return start;
}

static enum err take_section(struct ini *ini, const char *line, size_t length)
{
        if (length < 3 || line[length - 1] != ']')
                return fail(ini, ERR_SYNTAX, "a section is written [Name]");
        if (!text_copy(ini->section, sizeof(ini->section), line + 1, length - 2))
                return fail(ini, ERR_TOO_LARGE, "at most 63 bytes in a section's name");
        return ERR_OK;
}

static enum err take_entry(struct ini *ini, char *line, size_t length)
{
        size_t equals = 0;

        while (equals < length && line[equals] != '=')
                equals++;
        if (equals == length)
                return fail(ini, ERR_SYNTAX, "a setting is written Key=value");
        if (ini->section[0] == '\0')
                return fail(ini, ERR_SYNTAX, "a setting has to be in a section");
        ini->value = strip(line + equals + 1, line + length);
        ini->key = strip(line, line + equals);
        return ini->key[0] != '\0' ? ERR_OK : fail(ini, ERR_SYNTAX, "a key is missing before '='");
}

enum err ini_next(struct ini *ini, enum ini_item *ret)
{
        size_t length = 0;
        bool found = true;
        char *line = ini->buffer;
        enum err err;

        do {
                err = join_line(ini, &length, &found);
                if (err != ERR_OK)
                        return err;
                for (size_t i = 0; i < length; i++)
                        if (ini->buffer[i] == '\0')
                                return fail(ini, ERR_SYNTAX, "text has no NUL bytes");
                if (!text_is_utf8(ini->buffer, length))
                        return fail(ini, ERR_SYNTAX, "text is UTF-8");
                line = strip(ini->buffer, ini->buffer + length);
                length = text_length(line);
        } while (found && length == 0);

        ini->key = ini->value = "";
        if (found)
                err = line[0] == '[' ? take_section(ini, line, length) : take_entry(ini, line, length);
        if (err == ERR_OK)
                *ret = !found ? INI_END : line[0] == '[' ? INI_SECTION : INI_ENTRY;
        return err;
}
