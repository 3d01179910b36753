/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks polkit, over D-Bus and without waiting, whether a client may do something. Decides nothing itself. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_POLKIT_H
#define CLEANSLATE_RESET_TOOL_SERVICE_POLKIT_H

#include "reset-tool/service/client.h"
#include <systemd/sd-bus.h>

enum polkit_answer { POLKIT_YES, POLKIT_NO, POLKIT_CHALLENGE, POLKIT_ABSENT };

/* `why` is set for POLKIT_ABSENT. Answers the client's call, or has it wait. */
typedef void (*polkit_answered)(struct client *client, enum polkit_answer answer, const char *why);

/* `bus`: the system's, opened here where it is NULL or broken. The client's call waits meanwhile; `answered` is not called if the
 * client goes before. Always answered later, never from here; negative errno if there is no asking, and no answer will come. */
int polkit_check(struct client *client, sd_bus **bus, const char *action, bool interactive, polkit_answered answered);

#endif
