/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 with the standard alphabet and padding (RFC 4648, section 4). Strict: no white space, no missing padding, no stray bits
 * behind the last byte, so every byte string has exactly one text. Pure. */
#ifndef CLEANSLATE_COMMON_BASE64_H
#define CLEANSLATE_COMMON_BASE64_H

#include "common/base/bytes.h"
#include "common/base/err.h"

/* Characters of the text for `size` bytes, without a NUL. */
#define BASE64_LENGTH(size) (((size) + 2) / 3 * 4)

/* Appends the text; check writer->overflow. */
void writer_base64(struct writer *writer, const void *data, size_t size);

/* ERR_SYNTAX for anything but base64, ERR_BUFFER_TOO_SMALL if more than `capacity` bytes. What `ret` holds after a failure is
 * undefined; *ret_size is untouched then. */
enum err base64_decode(const char *text, size_t length, void *ret, size_t capacity, size_t *ret_size);

#endif
