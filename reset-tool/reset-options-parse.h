/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command-line options that several commands share, which say what a reset is to be like, and whether the image's policy
 * allows them. */
#ifndef CLEANSLATE_RESET_TOOL_RESET_OPTIONS_PARSE_H
#define CLEANSLATE_RESET_TOOL_RESET_OPTIONS_PARSE_H

#include "common/policy/policy.h"
#include "reset-tool/request-store.h"

/* getopt_long()'s values. */
enum reset_option { RESET_OPTION_LEVEL = 0x100, RESET_OPTION_NO_TPM, RESET_OPTION_TPM_CLEAR };

/* Takes an option of the above; any other, '?' too, is complained about. False: it was wrong, and the person was told. */
bool reset_option_parse(const struct environment *environment, char **argv, int option, struct reset_options *options);

/* A request may ask for more than the policy, never for less. False: *ret_why says what the policy asks for. */
bool reset_options_allowed(const struct reset_options *options, const struct policy *policy, struct explanation *ret_why);

#endif
