/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/json-option.h"

#include <getopt.h>

bool json_option_parse(const struct environment *environment, const char *command, int argc, char **argv,
                       struct json_option *options)
{
        static const struct option known[] = {
                { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { "watch", no_argument, NULL, 'w' }, { 0 }
        };
        *options = (struct json_option){ .can_watch = options->can_watch };
        optind = 0; /* start anew, even in a process that has parsed options before */
        opterr = 0;
        for (int option; (option = getopt_long(argc, argv, "jhw", known, NULL)) != -1;) {
                if (option == 'j')
                        options->json = true;
                else if (option == 'h')
                        options->help = true;
                else if (option == 'w' && options->can_watch)
                        options->watch = true;
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
