/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the journal is told, with fields and a message ID that reset-tool/catalog explains in the reader's language. Sends; never
 * prints, and nothing depends on its success. */
#ifndef CLEANSLATE_RESET_TOOL_ANNOUNCEMENT_H
#define CLEANSLATE_RESET_TOOL_ANNOUNCEMENT_H

#include "common/policy/request.h"
#include "common/state/schedule.h"
#include "reset-tool/environment.h"

#define JOURNAL_PATH "/run/systemd/journal/socket"

/* The IDs are for good: scripts look for them (journalctl MESSAGE_ID=...). */
#define MESSAGE_ID_RESET_REQUESTED "d12f8fe1b0e14cec80d4ee4b311c5488"
#define MESSAGE_ID_RESET_SCHEDULED "efe3645f9b694de2abab8b5fbfac3a71"
#define MESSAGE_ID_RESET_CANCELLED "a80b5f10751d46c896801849edb3bab5"

/* The request that was written: CLEANSLATE_NONCE, _LEVEL, _REASON, _REQUESTER. */
void announce_requested(const struct environment *environment, const struct request *request);

/* A time was set, or put off: CLEANSLATE_DUE_AT (seconds since 1970), _LEVEL, _REASON, _REQUESTER. `at`: the time in words. */
void announce_scheduled(const struct environment *environment, const struct schedule *schedule, const char *at);

/* The request that was removed. `requester`: who did that. */
void announce_cancelled(const struct environment *environment, const struct request *request, const char *requester);

#endif
