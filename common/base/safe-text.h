/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that somebody else wrote (a request, a record, a partition table), for a screen, a terminal or a printed page: it may
 * neither steer the terminal nor read otherwise than it is stored. Pure. */
#ifndef CLEANSLATE_COMMON_SAFE_TEXT_H
#define CLEANSLATE_COMMON_SAFE_TEXT_H

#include "common/base/bytes.h"

/* True if `text` (`length` bytes) is UTF-8 without any of these. */
bool text_is_safe(const char *text, size_t length);

/* Appends `length` bytes of text. A character that is refused, and each byte that is no UTF-8, becomes one "?". What does not fit
 * is cut, at a character; only then `overflow` is set. */
void writer_safe_text(struct writer *writer, const char *text, size_t length);

/* Appends `length` bytes of JSON as the same JSON in which no refused character stands as itself, but for the white space between
 * tokens: within strings, the only other places for them, they become \uXXXX. Bytes that are no UTF-8, of which JSON has none,
 * become "?". At most 6 times as long. */
void writer_safe_json(struct writer *writer, const char *json, size_t length);

/* As writer_safe_text(), from a NUL-terminated text into a buffer (capacity > 0); for an argument of printf(). Returns `ret`. */
const char *safe_text(const char *text, char *ret, size_t capacity);

#endif
