/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks polkit, over D-Bus and without waiting, whether a client may do something. Decides nothing itself. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_POLKIT_H
#define CLEANSLATE_RESET_TOOL_SERVICE_POLKIT_H

#include "reset-tool/service/client.h"

/* `answered` is not called if the client goes before. Always answered later, never from here; negative errno if there is no
 * asking, and no answer will come. */
int polkit_ask(struct client *client, const char *action, bool interactive, polkit_answered answered);

#endif
