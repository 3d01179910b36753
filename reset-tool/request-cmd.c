/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate request: asks the next boot for a factory reset. */
#include "reset-tool/asking.h"
#include <getopt.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "cleanslate request [--reboot] [--reason=TEXT]\n"
                           "\n"
                           "Asks for a factory reset at the next boot: the data partitions are erased and rebuilt as\n"
                           "the verified image describes them. Nothing is lost before that boot; until then,\n"
                           "`cleanslate cancel` takes the request back.\n"
                           "\n"
                           "  -r, --reboot       reboot now, once the request is written\n"
                           "      --reason=TEXT  why, for the record of the reset (at most 255 bytes)\n"
                           "  -h, --help         show this help\n";

struct request_options {
        bool reboot, help;
        const char *reason;
};

static bool parse_options(const struct environment *environment, int argc, char **argv, struct request_options *ret)
{
        static const struct option known[] = {
                { "reboot", no_argument, NULL, 'r' },
                { "reason", required_argument, NULL, 'R' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        *ret = (struct request_options){ .reason = "" };
        optind = 0; /* start anew, even in a process that has parsed options before */
        opterr = 0;
        for (int option; (option = getopt_long(argc, argv, "rh", known, NULL)) != -1;) {
                if (option == 'r')
                        ret->reboot = true;
                else if (option == 'R')
                        ret->reason = optarg;
                else if (option == 'h')
                        ret->help = true;
                else {
                        fprintf(environment->errors, "cleanslate request: unknown option, or one without its value: %s\n%s",
                                argv[optind - 1], "See `cleanslate request --help`.\n");
                        return false;
                }
        }
        if (optind < argc)
                fprintf(environment->errors,
                        "cleanslate request: takes no arguments, but got \"%s\". Put a reason in quotes: --reason=\"...\"\n",
                        argv[optind]);
        return optind >= argc;
}

/* What was there before is replaced, but not in silence. */
static void report_replaced(const struct environment *environment, const struct machine *machine)
{
        if (machine->request_state == REQUEST_PENDING || machine->request_state == REQUEST_DUE)
                fprintf(environment->output, "Note: this replaces a request that was there already.\n");
        else if (machine->request_state == REQUEST_MALFORMED)
                fprintf(environment->output,
                        "Note: this replaces a malformed request, which would never have been acted on (it %s).\n",
                        err_text(machine->request_err));
        else if (machine->request_state == REQUEST_FOREIGN)
                fprintf(environment->output, "Note: this replaces a request for another system (ID=%s).\n",
                        machine->request.os.id);
        if (machine_reset_has_begun(machine))
                fprintf(environment->output, "Note: a reset has begun already and goes on at the next boot in any case.\n");
}

static int reboot_now(const struct environment *environment)
{
        fprintf(environment->output, "Rebooting.\n");
        (void)fflush(environment->output);
        sync();
        int r = environment->reboot();
        fprintf(environment->errors,
                "cleanslate request: the request is written, but the reboot could not be started (systemctl reboot: %s). Reboot "
                "by hand.\n",
                strerror(-r));
        return STATUS_FAILURE;
}

int request_command(const struct environment *environment, int argc, char **argv)
{
        struct request_options options;
        struct explanation why;
        struct machine machine;
        if (!parse_options(environment, argc, argv, &options))
                return STATUS_USAGE;
        if (options.help) {
                fputs(help, environment->output);
                return STATUS_OK;
        }
        const struct wish wish = { .reason = options.reason, .requester = environment->requester };
        if (!wish_check(&wish, &why)) {
                fprintf(environment->errors, "cleanslate request: %s\n", why.text);
                return STATUS_USAGE;
        }
        if (environment->effective_user != 0) {
                fprintf(environment->errors, "cleanslate request: only root may ask for a reset. Try: sudo cleanslate request\n");
                return STATUS_FAILURE;
        }
        if (!machine_gather(environment, &machine, &why)) {
                fprintf(environment->errors, "cleanslate request: %s\n", why.text);
                return STATUS_FAILURE;
        }
        int r = reset_ask(environment, &machine, &wish, &why);
        if (r < 0)
                fprintf(environment->errors, "cleanslate request: %s\n", why.text);
        else {
                report_replaced(environment, &machine);
                fprintf(environment->output, "The next boot resets this system to its factory state.%s\n",
                        options.reboot ? "" : " Take it back with: cleanslate cancel");
        }
        machine_release(&machine);
        if (r < 0)
                return STATUS_FAILURE;
        return options.reboot ? reboot_now(environment) : STATUS_OK;
}
