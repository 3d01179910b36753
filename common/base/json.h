/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict reading of small JSON texts: jsmn finds the tokens, this file refuses what jsmn lets pass (stray text,
 * missing commas, members without values, duplicate keys). Never allocates; bounded by JSON_TOKENS_MAX. */
#ifndef CLEANSLATE_COMMON_JSON_H
#define CLEANSLATE_COMMON_JSON_H

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_TOKENS_MAX 256

struct json_token {
        uint8_t kind;        /* enum json_kind */
        uint16_t start, end; /* byte range in the text; without the quotes for strings */
        uint16_t children;   /* members of an object, elements of an array */
        uint16_t next;       /* index of the token behind this one and all it contains */
};

enum json_kind { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_PRIMITIVE };

struct json {
        const char *text; /* the caller's; must outlive this */
        size_t size;
        size_t count;
        struct json_token tokens[JSON_TOKENS_MAX];
};

/* Parses `text` (UTF-8, no NUL inside, at most 65535 bytes) whose root must be an object.
 * ERR_SYNTAX, ERR_ENCODING, ERR_DUPLICATE, ERR_TOO_LARGE. */
enum err json_parse(struct json *ret, const char *text, size_t size);

/* The value token of member `key` of the object at token index `object`; -1 if absent. Root object: index 0. */
int json_member(const struct json *json, int object, const char *key);

bool json_is(const struct json *json, int token, enum json_kind kind);

/* Copies a string value, escapes decoded to UTF-8. ERR_RANGE if not a string, ERR_TOO_LARGE if over capacity,
 * ERR_ENCODING for a NUL or a lone surrogate. */
enum err json_string(const struct json *json, int token, char *ret, size_t capacity);

/* A non-negative integer. */
enum err json_u64(const struct json *json, int token, uint64_t *ret);

#endif
