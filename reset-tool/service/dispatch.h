/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a call to its method: which there are, what parameters they know, who may call them. Does nothing of a method itself. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_DISPATCH_H
#define CLEANSLATE_RESET_TOOL_SERVICE_DISPATCH_H

#include "reset-tool/service/client.h"

/* Answers client->call, or has it wait for who will (struct client_host). */
void dispatch(struct client *client);

#endif
