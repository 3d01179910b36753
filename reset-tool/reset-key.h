/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether somebody at the machine can ask for a reset by a key of logind's (HandlePowerKeyLongPress=factory-reset and the like),
 * as logind itself says. Asks over D-Bus; changes nothing. */
#ifndef CLEANSLATE_RESET_TOOL_RESET_KEY_H
#define CLEANSLATE_RESET_TOOL_RESET_KEY_H

#include "common/plan/checkup.h"
#include "reset-tool/environment.h"

/* The two facts about it. */
void reset_key_query(const struct environment *environment, struct checkup_facts *facts);

#endif
