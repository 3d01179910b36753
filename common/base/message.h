/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people read, in their language: the catalogs of common/po/, compiled into tables. Looks up and fills in; never
 * allocates. Names in records, JSON and the kernel log are not translated. */
#ifndef CLEANSLATE_COMMON_MESSAGE_H
#define CLEANSLATE_COMMON_MESSAGE_H

#include "common/base/bytes.h"

enum language { LANGUAGE_ENGLISH, LANGUAGE_GERMAN, LANGUAGE_COUNT };

/* Marks a text for the catalog where it stands; message() looks it up where it is shown. */
#define N_(text) text

/* `english` itself where the catalog does not know it, so that nothing is ever missing. Static text. */
const char *message(enum language language, const char *english);

/* A looked-up text with what its %1 and %2 stand for; "" for the one it has not. */
void message_fill(struct writer *writer, const char *text, const char *first, const char *second);

/* "en", "de", also as locales name them: "de_AT.UTF-8". False, *ret unchanged: a language without a catalog. */
bool language_parse(const char *text, enum language *ret);

const char *language_name(enum language language); /* "en", "de" */

#endif
