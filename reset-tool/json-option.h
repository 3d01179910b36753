/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of a command that only tells something: --json and --help, for one of them --watch, and no arguments. */
#ifndef CLEANSLATE_RESET_TOOL_JSON_OPTION_H
#define CLEANSLATE_RESET_TOOL_JSON_OPTION_H

#include "reset-tool/environment.h"
#include <stdbool.h>

struct json_option {
        bool can_watch; /* the caller's: whether there is --watch */
        bool json, help, watch;
};

/* Sets what *options has behind `can_watch`. False: it was wrong, and the person was told. `command` is the word behind
 * "cleanslate". */
bool json_option_parse(const struct environment *environment, const char *command, int argc, char **argv,
                       struct json_option *options);

#endif
