/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws a progress-view on every screen with the kernel console's escape sequences. Decides nothing, and knows no more of a
 * report than what it draws. */
#ifndef CLEANSLATE_INITRD_REPORT_SCREEN_H
#define CLEANSLATE_INITRD_REPORT_SCREEN_H

#include "common/show/progress-view.h"
#include "initrd/consoles.h"

struct report_picture {
        const struct progress_facts *facts;
        enum language language;
        const char *last_line; /* the last line that the screens did not get */
};

/* Colours and an empty screen without a cursor. */
void report_screen_begin(struct consoles *consoles);

/* All of it anew, so that what the kernel has printed in between does not stay. */
void report_screen_draw(struct consoles *consoles, const struct report_picture *picture);

/* An empty screen as the kernel has it. */
void report_screen_end(struct consoles *consoles);

#endif
