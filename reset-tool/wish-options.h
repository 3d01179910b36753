/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that say what a reset is wished to be, which several commands share, and whether the image's policy lets anybody
 * wish for that. */
#ifndef CLEANSLATE_RESET_TOOL_WISH_OPTIONS_H
#define CLEANSLATE_RESET_TOOL_WISH_OPTIONS_H

#include "common/policy/policy.h"
#include "reset-tool/asking.h"

/* getopt_long()'s values. */
enum wish_option { WISH_OPTION_LEVEL = 0x100, WISH_OPTION_NO_TPM, WISH_OPTION_TPM_CLEAR };

/* Takes an option of the above; any other, '?' too, is complained about. False: it was wrong, and the person was told. */
bool wish_option(const struct environment *environment, char **argv, int option, struct wish *wish);

/* A request may ask for more than the policy, never for less. False: *ret_why says what the policy asks for. */
bool wish_allowed(const struct wish *wish, const struct policy *policy, struct explanation *ret_why);

#endif
