/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws a progress-view on every screen of a report with the kernel console's escape sequences. Decides nothing. */
#ifndef CLEANSLATE_INITRD_REPORT_SCREEN_H
#define CLEANSLATE_INITRD_REPORT_SCREEN_H

#include "initrd/report.h"

/* Colours and an empty screen without a cursor. */
void report_screen_begin(struct report *report);

/* All of it anew, so that what the kernel has printed in between does not stay. */
void report_screen_draw(struct report *report);

/* An empty screen as the kernel has it. */
void report_screen_end(struct report *report);

#endif
