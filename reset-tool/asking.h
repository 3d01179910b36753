/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking for a reset and taking it back: what `request`, `cancel`, a schedule that has come due and the service all do. Explains;
 * never prints. Who may do it is the caller's to check. */
#ifndef CLEANSLATE_RESET_TOOL_ASKING_H
#define CLEANSLATE_RESET_TOOL_ASKING_H

#include "reset-tool/machine.h"
#include "reset-tool/wish.h"

/* False: *ret_why says what is wrong with the wish (a reason too long, not UTF-8). */
bool wish_check(const struct wish *wish, struct explanation *ret_why);

/* Writes the request, replacing any that is there. 0, or a negative errno with *ret_why. */
int reset_ask(const struct environment *environment, const struct machine *machine, const struct wish *wish,
              struct explanation *ret_why);

/* Sets a time for it instead (timetable.h), in seconds since 1970, replacing any that is set. False: *ret_why; nothing was
 * changed. */
bool reset_ask_at(const struct environment *environment, const struct wish *wish, uint64_t due_at, struct explanation *ret_why);

/* What taking back came to. */
enum taking_back {
        TAKEN_BACK,
        TAKEN_BACK_MALFORMED,
        NOTHING_TO_TAKE_BACK,
        TOO_LATE_TO_TAKE_BACK,
        NOT_OURS_TO_TAKE_BACK,
        CANNOT_TAKE_BACK
};

/* Removes the request if it is ours or malformed. `requester`: who wants that, for the journal. *ret_why is set for the last
 * three. */
enum taking_back reset_take_back(const struct environment *environment, const struct machine *machine, const char *requester,
                                 struct explanation *ret_why);

#endif
