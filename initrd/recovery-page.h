/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page of text for people: head, log, foot. On a screen it begins with a cleared one and shows as much of the log as fits
 * between the two; a serial line gets all of it, with a prefix on the lines that scripts wait for. Knows nothing of what it says.
 */
#ifndef CLEANSLATE_INITRD_RECOVERY_PAGE_H
#define CLEANSLATE_INITRD_RECOVERY_PAGE_H

#include "initrd/kernel-log.h"
#include "initrd/report.h"

#define PAGE_LINES_MAX 48
#define PAGE_LINE_MAX  640

#define PAGE_SAYS "cleanslate: RECOVERY: " /* begins a line that scripts wait for; a screen shows what follows it */

struct page_part {
        char lines[PAGE_LINES_MAX][PAGE_LINE_MAX];
        size_t count;
};

struct page {
        const char *title;
        struct page_part head, foot;
        struct kernel_log log;
};

/* Empties the page. */
void page_begin(struct page *page, const char *title);

/* Lines beyond PAGE_LINES_MAX are left out. */
void page_line(struct page_part *part, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of the catalog's, with what its %1 and %2 stand for; the prefix is not translated: "  image       " or PAGE_SAYS. */
void page_message(struct page_part *part, enum language language, const char *prefix, const char *english, const char *first,
                  const char *second);

/* On every console. */
void page_show(const struct page *page, struct report *report);

#endif
