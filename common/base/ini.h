/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pull parser for INI text as systemd reads it (systemd.syntax(7)): sections, KEY=VALUE, lines beginning with '#' or ';' are
 * comments, also in the midst of a continued line, a backslash at the end of a line continues it (two do not). Line ends are LF
 * or CRLF, a byte order mark in front is skipped. Owns the language only: it must never know what a key means. */
#ifndef CLEANSLATE_COMMON_INI_H
#define CLEANSLATE_COMMON_INI_H

#include "common/base/err.h"
#include <stddef.h>

#define INI_LINE_MAX    4096 /* bytes of a line after joining continued ones, the NUL included; comments may be longer */
#define INI_SECTION_MAX 64   /* bytes of a section's name, the NUL included */

enum ini_item { INI_END, INI_SECTION, INI_ENTRY };

struct ini {
        const char *text; /* the caller's; must outlive this */
        size_t size, at;
        unsigned lines_read;

        /* of the item returned last, valid until the next call */
        unsigned line;                 /* where it begins, 1-based; of the fault after an error */
        char section[INI_SECTION_MAX]; /* the section it is in; "" before the first one */
        const char *key, *value;       /* INI_ENTRY: without surrounding blanks, NUL-terminated, within `buffer` */
        const char *detail;            /* after an error: what would be right, in words */
        char buffer[INI_LINE_MAX];
};

void ini_init(struct ini *ret, const char *text, size_t size);

/* Moves to the next item. ERR_SYNTAX (neither section nor assignment, an assignment before any section, NUL or invalid UTF-8),
 * ERR_TOO_LARGE (line or section name). After an error the parser must not be used any more. */
enum err ini_next(struct ini *ini, enum ini_item *ret);

#endif
