/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the state again whenever it changes, until nobody listens any more. */
#ifndef CLEANSLATE_RESET_TOOL_STATUS_WATCH_H
#define CLEANSLATE_RESET_TOOL_STATUS_WATCH_H

#include "reset-tool/environment.h"

/* `tell` writes the state to environment->output; what is the same as the last time is not told again. Returns what `tell` did
 * when it failed, STATUS_FAILURE where changes cannot be watched, and STATUS_OK when the output is closed. */
int status_watch(const struct environment *environment, int (*tell)(const struct environment *environment));

#endif
