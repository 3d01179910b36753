/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks cleanslate-inspect@.service, which may look at disks and TPM, and waits for its answer as an event. Knows nothing of what
 * the answer means. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_INSPECTOR_H
#define CLEANSLATE_RESET_TOOL_SERVICE_INSPECTOR_H

#include "reset-tool/inspection.h"
#include "reset-tool/machine.h"
#include "reset-tool/service/client.h"

#define INSPECTOR_PATIENCE_SECONDS 120

/* `text`: what follows the answer's kind, NUL-terminated, valid during the call. A question that could not be put or was not
 * answered is INSPECTION_ERROR with words. */
typedef void (*inspected)(struct client *client, enum inspection_answer answer, const char *text);

/* `done` is called once, later, and answers the client's call; not at all if the client goes before. False: there is no asking,
 * *ret_why says why, and `done` will not be called. */
bool inspector_ask(struct client *client, const struct inspection *inspection, inspected done, struct explanation *ret_why);

/* Stops waiting. NULL is fine. */
void inspector_forget(struct inspector *inspector);

#endif
