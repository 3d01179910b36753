/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads os-release(5) text into struct os_identity. As forgiving as the shells and systemd that read the same file:
 * a line that is no assignment is skipped, a quote left open ends with the text. */
#include "common/format/os-identity.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

struct cursor {
        const char *text;
        size_t size, at;
};

static bool at_end(const struct cursor *cursor)
{
        return cursor->at >= cursor->size || cursor->text[cursor->at] == '\0';
}

static bool at_line_end(const struct cursor *cursor)
{
        return at_end(cursor) || cursor->text[cursor->at] == '\n';
}

static bool is_blank(char character)
{
        return character == ' ' || character == '\t' || character == '\r';
}

static void skip_blanks(struct cursor *cursor)
{
        while (!at_end(cursor) && is_blank(cursor->text[cursor->at]))
                cursor->at++;
}

/* The character behind a backslash; within double quotes the backslash stays, except before what it can escape there. */
static void read_escaped(struct cursor *cursor, bool quoted, struct writer *value)
{
        char character = cursor->text[cursor->at++];
        bool special = character == '"' || character == '\\' || character == '`' || character == '$';

        if (character == '\n')
                return; /* a continued line */
        if (quoted && !special)
                writer_char(value, '\\');
        writer_char(value, character);
}

/* What stands between quotes, line ends included; the cursor is behind the opening quote. */
static void read_quoted(struct cursor *cursor, char quote, struct writer *value)
{
        while (!at_end(cursor)) {
                char character = cursor->text[cursor->at++];

                if (character == quote)
                        return;
                if (character == '\\' && quote == '"' && !at_end(cursor))
                        read_escaped(cursor, true, value);
                else
                        writer_char(value, character);
        }
}

/* A value up to the end of its line; blanks around it do not count. */
static void read_value(struct cursor *cursor, struct writer *value)
{
        size_t kept = 0;

        skip_blanks(cursor);
        while (!at_line_end(cursor)) {
                char character = cursor->text[cursor->at++];

                if (character == '"' || character == '\'')
                        read_quoted(cursor, character, value);
                else if (character == '\\' && !at_end(cursor))
                        read_escaped(cursor, false, value);
                else
                        writer_char(value, character);
                if (!is_blank(character))
                        kept = value->size;
        }
        value->size = kept;
}

/* The key of the assignment at the cursor, which moves behind the '='; false if the line is none. */
static bool read_key(struct cursor *cursor, struct bytes *ret)
{
        size_t start = cursor->at;

        while (!at_line_end(cursor) && cursor->text[cursor->at] != '=')
                cursor->at++;
        if (at_line_end(cursor) || cursor->text[start] == '#')
                return false;
        *ret = (struct bytes){ (const uint8_t *)cursor->text + start, cursor->at - start };
        cursor->at++;
        return true;
}

/* Where the values of some keys go. */
struct wanted_field {
        const char *key;
        char *value; /* OS_FIELD_MAX bytes */
};

static char *find_field(const struct wanted_field *wanted, size_t count, struct bytes key)
{
        for (size_t i = 0; i < count; i++)
                if (text_length(wanted[i].key) == key.size && memcmp(wanted[i].key, key.data, key.size) == 0)
                        return wanted[i].value;
        return NULL;
}

/* Reads one assignment's value into `field`, if any; a later assignment replaces an earlier one. */
static enum err read_assignment(struct cursor *cursor, char *field)
{
        char text[OS_FIELD_MAX];
        struct writer value = writer_over(text, sizeof(text));

        read_value(cursor, &value);
        if (field == NULL)
                return ERR_OK;
        if (value.overflow)
                return ERR_TOO_LARGE;
        (void)text_copy(field, OS_FIELD_MAX, text, value.size);
        return ERR_OK;
}

static enum err read_fields(const char *text, size_t size, const struct wanted_field *wanted, size_t count)
{
        struct cursor cursor = { .text = text, .size = size };

        while (!at_end(&cursor)) {
                struct bytes key;
                enum err err = ERR_OK;

                skip_blanks(&cursor);
                if (read_key(&cursor, &key))
                        err = read_assignment(&cursor, find_field(wanted, count, key));
                if (err != ERR_OK)
                        return err;
                while (!at_line_end(&cursor)) /* a comment, or a line that is no assignment */
                        cursor.at++;
                if (!at_end(&cursor))
                        cursor.at++;
        }
        return ERR_OK;
}

enum err os_release_field(const char *text, size_t size, const char *key, char ret[static OS_FIELD_MAX])
{
        char value[OS_FIELD_MAX] = "";
        const struct wanted_field wanted = { key, value };
        enum err err = read_fields(text, size, &wanted, 1);

        if (err == ERR_OK)
                memcpy(ret, value, sizeof(value));
        return err;
}

enum err os_identity_parse(const char *text, size_t size, struct os_identity *ret)
{
        struct os_identity os = { 0 };
        const struct wanted_field wanted[] = {
                { "ID", os.id },
                { "IMAGE_ID", os.image_id },
                { "VERSION_ID", os.version_id },
                { "IMAGE_VERSION", os.image_version },
        };
        enum err err = read_fields(text, size, wanted, ARRAY_SIZE(wanted));

        if (err != ERR_OK)
                return err;
        if (os.id[0] == '\0')
                (void)text_copy(os.id, sizeof(os.id), "linux", 5);
        *ret = os;
        return ERR_OK;
}
