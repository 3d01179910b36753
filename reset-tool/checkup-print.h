/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the checks for a person, which `request` shows as well as `preflight` and `doctor`. */
#ifndef CLEANSLATE_RESET_TOOL_CHECKUP_PRINT_H
#define CLEANSLATE_RESET_TOOL_CHECKUP_PRINT_H

#include "common/plan/checkup.h"
#include "reset-tool/environment.h"

/* A line for each finding that is at least as severe as `from`, and one for its remedy. */
void checkup_print(const struct environment *environment, const struct checkup *checkup, enum check_scope scope,
                   enum check_severity from);

#endif
