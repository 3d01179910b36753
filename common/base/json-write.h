/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing JSON, for everything that we write: records, requests, tokens, what --json prints and what the service answers. Commas
 * are put where they belong, by the last character that was written, so no caller counts. Look at writer->overflow in the end. */
#ifndef CLEANSLATE_COMMON_JSON_WRITE_H
#define CLEANSLATE_COMMON_JSON_WRITE_H

#include "common/base/bytes.h"
#include "common/base/guid.h"

/* How members are set apart: writer->json_style. */
enum json_style {
        JSON_COMPACT, /* {"a":1,"b":[2,3]} */
        JSON_LINES,   /* a member a line, for people who look at files; arrays as above */
        JSON_SPACED,  /* {"a": 1, "b": 2} */
};

/* Where a value is due: the root of an empty writer, an element of an array, or behind json_key(). `bracket`: '{' or '['. */
void json_open(struct writer *writer, char bracket);
void json_close(struct writer *writer, char bracket); /* '}' or ']' */

/* The values themselves; text is UTF-8, NULL is null. */
void json_text(struct writer *writer, const char *value);
void json_number(struct writer *writer, uint64_t value);
void json_flag(struct writer *writer, bool value);
void json_hex(struct writer *writer, const void *data, size_t size);    /* lower case */
void json_base64(struct writer *writer, const void *data, size_t size); /* RFC 4648, section 4 */

/* Begins a member of the object that is open: a value follows. */
void json_key(struct writer *writer, const char *key);

/* Both at once. */
void json_member_open(struct writer *writer, const char *key, char bracket);
void json_member_text(struct writer *writer, const char *key, const char *value);
void json_member_number(struct writer *writer, const char *key, uint64_t value);
void json_member_flag(struct writer *writer, const char *key, bool value);
void json_member_hex(struct writer *writer, const char *key, const void *data, size_t size);
void json_member_base64(struct writer *writer, const char *key, const void *data, size_t size);
void json_member_id(struct writer *writer, const char *key, const struct id128 *id); /* zero: null */

#endif
