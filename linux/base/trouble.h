/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why something cannot go on, in words for a person, kept by the caller: what library code writes instead of printing. */
#ifndef CLEANSLATE_LINUX_TROUBLE_H
#define CLEANSLATE_LINUX_TROUBLE_H

#include <stddef.h>

/* A place for one reason; "" = none yet. */
struct trouble {
        char *text;
        size_t capacity;
};

/* Notes the reason and returns `error`; the first reason stays. */
int trouble_note(const struct trouble *trouble, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
