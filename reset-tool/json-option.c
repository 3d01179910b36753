/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/json-option.h"

#include <getopt.h>

bool json_option_parse(const struct environment *environment, const char *command, int argc, char **argv, struct json_option *ret)
{
        static const struct option known[] = { { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { 0 } };
        *ret = (struct json_option){ 0 };
        optind = 0; /* start anew, even in a process that has parsed options before */
        opterr = 0;
        for (int option; (option = getopt_long(argc, argv, "jh", known, NULL)) != -1;) {
                if (option == 'j')
                        ret->json = true;
                else if (option == 'h')
                        ret->help = true;
                else {
                        fprintf(environment->errors, "cleanslate %s: unknown option: %s\nSee `cleanslate %s --help`.\n", command,
                                argv[optind - 1], command);
                        return false;
                }
        }
        if (optind < argc)
                fprintf(environment->errors, "cleanslate %s: takes no arguments, but got \"%s\".\n", command, argv[optind]);
        return optind >= argc;
}
