/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as EFI variables hold it (UTF-16LE) and as everything else here does (UTF-8). Owns the conversion, no buffers. */
#ifndef CLEANSLATE_COMMON_UTF16_H
#define CLEANSLATE_COMMON_UTF16_H

#include "common/base/bytes.h"
#include "common/base/err.h"

/* Appends UTF-16LE of `size` bytes (no alignment needed) as UTF-8, up to a NUL or the end. ERR_TRUNCATED (odd size),
 * ERR_ENCODING (lone surrogate), ERR_SYNTAX (anything but NULs behind the NUL), ERR_BUFFER_TOO_SMALL. */
enum err utf16_to_utf8(const void *text, size_t size, struct writer *writer);

/* Appends valid UTF-8 as UTF-16LE, and the NUL; check writer->overflow. */
void utf16_from_utf8(const char *text, size_t size, struct writer *writer);

#endif
