/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line at a time on the firmware's console. Owns the form of our messages; decides nothing about when to speak. */
#ifndef CLEANSLATE_EFI_CONSOLE_H
#define CLEANSLATE_EFI_CONSOLE_H

#include "efi/platform.h"

/* "Cleanslate: WHAT" or, with a detail that is not NULL, "Cleanslate: WHAT: DETAIL". UTF-8; cut if very long. A machine without a
 * console is fine. */
void console_say(const struct platform *platform, const char *what, const char *detail);

/* Leaves time to read the last line before the firmware clears the screen. */
void console_hold(const struct platform *platform);

/* An EFI_STATUS in words ("out of resources"). Never NULL. */
const char *status_text(EFI_STATUS status);

#endif
