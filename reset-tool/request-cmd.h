/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `cleanslate request` does once it knows what is wanted; a schedule whose time has come hands over the same. Prints, as the
 * command does. */
#ifndef CLEANSLATE_RESET_TOOL_REQUEST_CMD_H
#define CLEANSLATE_RESET_TOOL_REQUEST_CMD_H

#include "reset-tool/environment.h"
#include "reset-tool/reset-options.h"

struct request_order {
        struct reset_options options;
        uint64_t due_at; /* seconds since 1970; 0 = at the next boot */
        bool confirmed;  /* nobody is asked for the word */
        bool reboot;     /* the caller restarts at once: there will be no time to take it back */
};

/* Shows the plan, tries what the reset will need, has it confirmed, asks the hooks, and then asks for the reset. STATUS_OK, or
 * what kept it from that has been told. */
int request_carry_out(const struct environment *environment, const struct request_order *order);

#endif
