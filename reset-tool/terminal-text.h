/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that somebody else wrote (a variable, a record), for a terminal: it must not steer it. */
#ifndef CLEANSLATE_RESET_TOOL_TERMINAL_TEXT_H
#define CLEANSLATE_RESET_TOOL_TERMINAL_TEXT_H

#include <stddef.h>

/* `text` is UTF-8. Control characters (C0, DEL, C1) become "?", one for each byte; what does not fit is cut. Returns `ret`. */
const char *terminal_text(const char *text, char *ret, size_t capacity);

#endif
