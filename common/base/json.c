/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict JSON; see json.h. jsmn splits the text into tokens; the walk below then reads the text once more along the tokens and
 * accepts exactly RFC 8259's grammar, so that nothing jsmn lets pass gets through. */
#include "common/base/json.h"
#include "common/base/bytes.h"

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#define DEPTH_MAX 32 /* of nested objects and arrays: bounds the recursion */

/* -- strings -- */

/* Reads a string's bytes with its escapes decoded. */
struct string_cursor {
        const char *text;
        size_t at, end;
        uint8_t pending[4]; /* what is left of a decoded character */
        uint8_t pending_at, pending_count;
};

enum { STRING_END = -1, STRING_INVALID = -2 };

static bool read_hex4(struct string_cursor *cursor, uint32_t *ret)
{
        uint8_t bytes[2];

        if (!range_fits(cursor->end, cursor->at, 4) || !text_to_hex_bytes(cursor->text + cursor->at, 4, bytes, sizeof(bytes)))
                return false;
        cursor->at += 4;
        *ret = (uint32_t)bytes[0] << 8 | bytes[1];
        return true;
}

static void set_pending(struct string_cursor *cursor, uint32_t point)
{
        static const uint8_t leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        uint8_t count = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

        for (uint8_t i = count - 1; i > 0; i--, point >>= 6)
                cursor->pending[i] = (uint8_t)(0x80 | (point & 0x3f));
        cursor->pending[0] = (uint8_t)(leads[count] | point);
        cursor->pending_at = 0;
        cursor->pending_count = count;
}

/* \uXXXX, the cursor behind the 'u'. A NUL or half of a surrogate pair is no text. */
static bool read_unicode_escape(struct string_cursor *cursor)
{
        uint32_t point, low;

        if (!read_hex4(cursor, &point) || point == 0 || (point >= 0xdc00 && point <= 0xdfff))
                return false;
        if (point >= 0xd800 && point <= 0xdbff) {
                if (!range_fits(cursor->end, cursor->at, 2) || cursor->text[cursor->at] != '\\' ||
                    cursor->text[cursor->at + 1] != 'u')
                        return false;
                cursor->at += 2;
                if (!read_hex4(cursor, &low) || low < 0xdc00 || low > 0xdfff)
                        return false;
                point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        }
        set_pending(cursor, point);
        return true;
}

/* The next byte, STRING_END or STRING_INVALID. */
static int string_next(struct string_cursor *cursor)
{
        static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

        if (cursor->pending_at < cursor->pending_count)
                return cursor->pending[cursor->pending_at++];
        if (cursor->at >= cursor->end)
                return STRING_END;
        if (cursor->text[cursor->at] != '\\')
                return (uint8_t)cursor->text[cursor->at++];
        if (++cursor->at >= cursor->end)
                return STRING_INVALID;
        if (cursor->text[cursor->at] == 'u') {
                cursor->at++;
                return read_unicode_escape(cursor) ? cursor->pending[cursor->pending_at++] : STRING_INVALID;
        }
        for (size_t i = 0; i + 1 < sizeof(escapes); i += 2)
                if (cursor->text[cursor->at] == escapes[i]) {
                        cursor->at++;
                        return (uint8_t)escapes[i + 1];
                }
        return STRING_INVALID;
}

static struct string_cursor string_open(const struct json *json, size_t token)
{
        return (struct string_cursor){ .text = json->text, .at = json->tokens[token].start, .end = json->tokens[token].end };
}

static bool string_decodes(const struct json *json, size_t token)
{
        struct string_cursor cursor = string_open(json, token);
        int byte;

        do
                byte = string_next(&cursor);
        while (byte >= 0);
        return byte == STRING_END;
}

/* Of two strings that decode. */
static bool strings_equal(const struct json *json, size_t token_a, size_t token_b)
{
        struct string_cursor a = string_open(json, token_a), b = string_open(json, token_b);
        int byte;

        do {
                byte = string_next(&a);
                if (byte != string_next(&b))
                        return false;
        } while (byte >= 0);
        return true;
}

/* Only escapes of the grammar, and no control characters. Whether \uXXXX makes sense is json_string()'s question. */
static bool string_is_well_formed(const char *text, size_t size)
{
        uint8_t hex[2];

        for (size_t at = 0; at < size; at++) {
                if ((uint8_t)text[at] < 0x20 || text[at] == '"')
                        return false;
                if (text[at] != '\\')
                        continue;
                if (++at == size)
                        return false;
                switch (text[at]) {
                case '"':
                case '\\':
                case '/':
                case 'b':
                case 'f':
                case 'n':
                case 'r':
                case 't':
                        break;
                case 'u':
                        if (!range_fits(size, at + 1, 4) || !text_to_hex_bytes(text + at + 1, 4, hex, sizeof(hex)))
                                return false;
                        at += 4;
                        break;
                default:
                        return false;
                }
        }
        return true;
}

/* -- primitives -- */

static size_t skip_digits(const char *text, size_t size, size_t at)
{
        while (at < size && text[at] >= '0' && text[at] <= '9')
                at++;
        return at;
}

static bool is_number(const char *text, size_t size)
{
        size_t at = size > 0 && text[0] == '-', digits = at;

        at = skip_digits(text, size, at);
        if (at == digits || (text[digits] == '0' && at > digits + 1))
                return false;
        if (at < size && text[at] == '.') {
                digits = ++at;
                at = skip_digits(text, size, at);
                if (at == digits)
                        return false;
        }
        if (at < size && (text[at] == 'e' || text[at] == 'E')) {
                at++;
                if (at < size && (text[at] == '+' || text[at] == '-'))
                        at++;
                digits = at;
                at = skip_digits(text, size, at);
                if (at == digits)
                        return false;
        }
        return at == size;
}

static bool is_primitive(const char *text, size_t size)
{
        static const char *const words[] = { "true", "false", "null" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                size_t at = 0;

                while (at < size && words[i][at] != '\0' && words[i][at] == text[at])
                        at++;
                if (at == size && words[i][at] == '\0')
                        return true;
        }
        return is_number(text, size);
}

/* -- the walk along the tokens -- */

struct walk {
        struct json *json;
        size_t at;    /* in the text */
        size_t token; /* the next one */
        unsigned depth;
};

static void skip_space(struct walk *walk)
{
        const struct json *json = walk->json;

        while (walk->at < json->size && (json->text[walk->at] == ' ' || json->text[walk->at] == '\t' ||
                                         json->text[walk->at] == '\n' || json->text[walk->at] == '\r'))
                walk->at++;
}

/* Takes exactly this character, and white space around it. */
static bool take(struct walk *walk, char character)
{
        skip_space(walk);
        if (walk->at >= walk->json->size || walk->json->text[walk->at] != character)
                return false;
        walk->at++;
        skip_space(walk);
        return true;
}

/* Takes the next token if it is a string or primitive and starts right here. */
static enum err walk_scalar(struct walk *walk, struct json_token *token)
{
        const char *text = walk->json->text;
        size_t size = token->end - token->start, quote = token->kind == JSON_STRING;

        if (walk->at + quote != token->start)
                return ERR_SYNTAX;
        if (quote ? text[walk->at] != '"' || !string_is_well_formed(text + token->start, size)
                  : !is_primitive(text + token->start, size))
                return ERR_SYNTAX;
        token->children = 0;
        token->next = (uint16_t)++walk->token;
        walk->at = token->end + quote;
        return ERR_OK;
}

static enum err walk_value(struct walk *walk);

static enum err walk_member(struct walk *walk)
{
        struct json_token *key = &walk->json->tokens[walk->token];
        size_t index = walk->token;
        enum err err;

        if (walk->token >= walk->json->count || key->kind != JSON_STRING)
                return ERR_SYNTAX;
        err = walk_scalar(walk, key);
        if (err != ERR_OK)
                return err;
        if (!string_decodes(walk->json, index))
                return ERR_ENCODING; /* keys have to be comparable */
        return take(walk, ':') ? walk_value(walk) : ERR_SYNTAX;
}

/* Takes an object or an array; `token` is the token that jsmn says starts here. */
static enum err walk_container(struct walk *walk, struct json_token *token)
{
        bool object = token->kind == JSON_OBJECT;
        enum err err = ERR_OK;

        if (walk->depth == DEPTH_MAX)
                return ERR_TOO_LARGE;
        if (walk->at != token->start || !take(walk, object ? '{' : '['))
                return ERR_SYNTAX;
        walk->depth++;
        walk->token++;
        token->children = 0;
        while (!take(walk, object ? '}' : ']')) {
                if (token->children > 0 && !take(walk, ','))
                        return ERR_SYNTAX;
                err = object ? walk_member(walk) : walk_value(walk);
                if (err != ERR_OK)
                        return err;
                token->children++;
        }
        walk->depth--;
        token->next = (uint16_t)walk->token;
        return ERR_OK;
}

static enum err walk_value(struct walk *walk)
{
        struct json_token *token = &walk->json->tokens[walk->token];

        if (walk->token >= walk->json->count)
                return ERR_SYNTAX;
        if (token->kind == JSON_OBJECT || token->kind == JSON_ARRAY)
                return walk_container(walk, token);
        return walk_scalar(walk, token);
}

static enum err walk_root(struct json *json)
{
        struct walk walk = { .json = json };
        enum err err;

        skip_space(&walk);
        if (json->count == 0 || json->tokens[0].kind != JSON_OBJECT)
                return ERR_SYNTAX;
        err = walk_value(&walk);
        if (err != ERR_OK)
                return err;
        return walk.at == json->size && walk.token == json->count ? ERR_OK : ERR_SYNTAX;
}

static bool object_has_duplicates(const struct json *json, size_t object)
{
        for (size_t a = object + 1; a < json->tokens[object].next; a = json->tokens[a + 1].next)
                for (size_t b = object + 1; b < a; b = json->tokens[b + 1].next)
                        if (strings_equal(json, a, b))
                                return true;
        return false;
}

static enum err refuse_duplicates(const struct json *json)
{
        for (size_t token = 0; token < json->count; token++)
                if (json->tokens[token].kind == JSON_OBJECT && object_has_duplicates(json, token))
                        return ERR_DUPLICATE;
        return ERR_OK;
}

/* -- entry points -- */

/* Has jsmn find the tokens and takes over their kinds and ranges. */
static enum err tokenize(struct json *json)
{
        jsmntok_t tokens[JSON_TOKENS_MAX];
        jsmn_parser parser;
        int count;

        jsmn_init(&parser);
        count = jsmn_parse(&parser, json->text, json->size, tokens, JSON_TOKENS_MAX);
        if (count < 0)
                return count == JSMN_ERROR_NOMEM ? ERR_TOO_LARGE : ERR_SYNTAX;
        for (int i = 0; i < count; i++) {
                struct json_token *token = &json->tokens[i];

                if (tokens[i].start < 0 || tokens[i].end < tokens[i].start)
                        return ERR_SYNTAX;
                token->start = (uint16_t)tokens[i].start;
                token->end = (uint16_t)tokens[i].end;
                token->kind = tokens[i].type == JSMN_OBJECT   ? JSON_OBJECT
                              : tokens[i].type == JSMN_ARRAY  ? JSON_ARRAY
                              : tokens[i].type == JSMN_STRING ? JSON_STRING
                                                              : JSON_PRIMITIVE;
        }
        json->count = (size_t)count;
        return ERR_OK;
}

enum err json_parse(struct json *ret, const char *text, size_t size)
{
        struct json json = { .text = text, .size = size };
        enum err err;

        if (size > UINT16_MAX)
                return ERR_TOO_LARGE;
        for (size_t i = 0; i < size; i++)
                if (text[i] == '\0')
                        return ERR_SYNTAX;
        if (!text_is_utf8(text, size))
                return ERR_ENCODING;
        err = tokenize(&json);
        if (err == ERR_OK)
                err = walk_root(&json);
        if (err == ERR_OK)
                err = refuse_duplicates(&json);
        if (err == ERR_OK)
                *ret = json;
        return err;
}

bool json_is(const struct json *json, int token, enum json_kind kind)
{
        return token >= 0 && (size_t)token < json->count && json->tokens[token].kind == kind;
}

static bool string_equals_text(const struct json *json, size_t token, const char *text)
{
        struct string_cursor cursor = string_open(json, token);
        int byte;

        while ((byte = string_next(&cursor)) >= 0)
                if (*text == '\0' || (uint8_t)*text++ != byte)
                        return false;
        return byte == STRING_END && *text == '\0';
}

int json_member(const struct json *json, int object, const char *key)
{
        if (!json_is(json, object, JSON_OBJECT))
                return -1;
        for (size_t at = (size_t)object + 1; at < json->tokens[object].next; at = json->tokens[at + 1].next)
                if (string_equals_text(json, at, key))
                        return (int)at + 1;
        return -1;
}

enum err json_string(const struct json *json, int token, char *ret, size_t capacity)
{
        struct string_cursor cursor;
        size_t size = 0;
        int byte;

        if (!json_is(json, token, JSON_STRING))
                return ERR_RANGE;
        cursor = string_open(json, (size_t)token);
        while ((byte = string_next(&cursor)) >= 0)
                size++;
        if (byte == STRING_INVALID)
                return ERR_ENCODING;
        if (size >= capacity)
                return ERR_TOO_LARGE;
        cursor = string_open(json, (size_t)token);
        for (size_t i = 0; i < size; i++)
                ret[i] = (char)string_next(&cursor);
        ret[size] = '\0';
        return ERR_OK;
}

enum err json_u64(const struct json *json, int token, uint64_t *ret)
{
        const struct json_token *value;

        if (!json_is(json, token, JSON_PRIMITIVE))
                return ERR_RANGE;
        value = &json->tokens[token];
        return text_to_u64(json->text + value->start, (size_t)(value->end - value->start), ret) ? ERR_OK : ERR_RANGE;
}
