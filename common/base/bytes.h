/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded reading and writing of bytes and text. The only code in common/ that moves a cursor through memory;
 * every bounds check of the parsers is here. Never allocates; the caller owns every buffer. */
#ifndef CLEANSLATE_COMMON_BYTES_H
#define CLEANSLATE_COMMON_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Overwrites a secret that is not needed any more; no compiler leaves it out. */
void bytes_wipe(void *data, size_t size);

/* A view of bytes somebody else owns. */
struct bytes {
        const uint8_t *data;
        size_t size;
};

/* True if [offset, offset + length) lies within size; never overflows. */
bool range_fits(size_t size, size_t offset, size_t length);

/* The one little-endian accessors; `at` needs no alignment. */
uint16_t load_le16(const void *at);
uint32_t load_le32(const void *at);
uint64_t load_le64(const void *at);
void store_le16(void *at, uint16_t value);
void store_le32(void *at, uint32_t value);
void store_le64(void *at, uint64_t value);

/* Appends to a buffer; once something did not fit, `overflow` stays set and nothing more is written.
 * text writers keep the buffer NUL-terminated as long as capacity > 0 (the NUL is not counted in size). */
struct writer {
        uint8_t *data;
        size_t capacity;
        size_t size;
        bool overflow;
        uint8_t json_style; /* enum json_style of json-write.h; of no concern to anything else */
};

struct writer writer_over(void *buffer, size_t capacity);
void writer_bytes(struct writer *writer, const void *data, size_t size);
uint8_t *writer_space(struct writer *writer, size_t size); /* for the caller to fill; NULL: it did not fit */
void writer_text(struct writer *writer, const char *text);
void writer_char(struct writer *writer, char character);
void writer_decimal(struct writer *writer, uint64_t value);
void writer_hex(struct writer *writer, const void *data, size_t size); /* lower case */
void writer_json_string(struct writer *writer, const char *text);      /* quoted and escaped; input is UTF-8 */
void writer_json_escape(struct writer *writer, uint32_t point);        /* \uXXXX, above U+FFFF two of them */

/* Text helpers that the freestanding build lacks. All lengths in bytes. */
size_t text_length(const char *text);
bool text_equal(const char *a, const char *b);
char text_lower(char character); /* of ASCII; anything else is as it was */
bool text_starts_with(const char *text, const char *prefix);
bool text_copy(char *ret, size_t capacity, const char *text, size_t length); /* false, "" in ret: did not fit */
bool text_is_utf8(const char *text, size_t length);

#define TEXT_CHARACTER_MAX 4 /* bytes of UTF-8 */

/* The character at the start of `text`: bytes of its UTF-8 sequence, or 0 if there is no valid one (RFC 3629: no surrogates, the
 * shortest form), and then *ret_point is untouched. */
size_t text_character(const char *text, size_t length, uint32_t *ret_point);

/* A decimal number, digits only, no sign; false if empty, not a number, or over UINT64_MAX. */
bool text_to_u64(const char *text, size_t length, uint64_t *ret);

/* Exactly size * 2 hexadecimal digits (either case). */
bool text_to_hex_bytes(const char *text, size_t length, void *ret, size_t size);

#endif
