/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking for a reset and taking it back: what `request`, `cancel`, a schedule that has come due and the service all do. Explains;
 * never prints. Who may do it is the caller's to check. */
#ifndef CLEANSLATE_RESET_TOOL_REQUEST_STORE_H
#define CLEANSLATE_RESET_TOOL_REQUEST_STORE_H

#include "reset-tool/boot-context.h"
#include "reset-tool/reset-options.h"

/* False: *ret_why says what is wrong with the options (a reason too long, not UTF-8). */
bool reset_options_check(const struct reset_options *options, struct explanation *ret_why);

/* Writes the request, replacing any that is there. 0, or a negative errno with *ret_why. */
int request_submit(const struct environment *environment, const struct boot_context *context, const struct reset_options *options,
                   struct explanation *ret_why);

/* Sets a time for it instead (timetable.h), in seconds since 1970, replacing any that is set. False: *ret_why; nothing was
 * changed. */
bool request_schedule(const struct environment *environment, const struct reset_options *options, uint64_t due_at,
                      struct explanation *ret_why);

/* What taking back came to. */
enum cancel_result { CANCELLED, CANCELLED_MALFORMED, NOTHING_TO_CANCEL, TOO_LATE_TO_CANCEL, NOT_OURS_TO_CANCEL, CANNOT_CANCEL };

/* Removes the request if it is ours or malformed. `requester`: who wants that, for the journal. *ret_why is set for the last
 * three. */
enum cancel_result request_cancel(const struct environment *environment, const struct boot_context *context,
                                  const char *requester, struct explanation *ret_why);

#endif
