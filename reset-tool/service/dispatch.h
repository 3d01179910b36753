/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a call to its method: which there are, what parameters they know, who may call them. Does nothing of a method itself. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_DISPATCH_H
#define CLEANSLATE_RESET_TOOL_SERVICE_DISPATCH_H

#include "reset-tool/service/client.h"

/* Answers client->call, now or later; client_call_done() follows in any case. */
void dispatch(struct client *client);

/* Tells a client that streams the state, if it differs from what it was told last. */
void dispatch_tell_state(struct client *client);

#endif
