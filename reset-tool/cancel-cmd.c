/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate cancel: takes back a request that no boot has acted on yet. */
#include "common/base/safe-text.h"
#include "reset-tool/request-store.h"
#include "reset-tool/timetable.h"
#include <getopt.h>

static const char help[] = "cleanslate cancel\n"
                           "\n"
                           "Cancels the request for a factory reset, or a scheduled one. A malformed request is\n"
                           "removed as well; one that was made for another system is left alone. A reset that has begun cannot\n"
                           "be cancelled.\n"
                           "\n"
                           "  -h, --help  show this help\n";

/* STATUS_OK: go on. */
static int parse_options(const struct environment *environment, int argc, char **argv, bool *ret_help)
{
        static const struct option known[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
        *ret_help = false;
        optind = 0; /* start anew, even in a process that has parsed options before */
        opterr = 0;
        for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
                if (option != 'h') {
                        fprintf(environment->errors, "cleanslate cancel: unknown option: %s\nSee `cleanslate cancel --help`.\n",
                                argv[optind - 1]);
                        return STATUS_USAGE;
                }
                *ret_help = true;
        }
        if (optind == argc)
                return STATUS_OK;
        fprintf(environment->errors, "cleanslate cancel: takes no arguments, but got \"%s\".\n", argv[optind]);
        return STATUS_USAGE;
}

/* True: there was one, so that there being no request is no news. */
static bool cancel_schedule(const struct environment *environment, int *ret_status)
{
        struct explanation why;
        int r = timetable_clear(environment, &why);
        *ret_status = r < 0 ? STATUS_FAILURE : STATUS_OK;
        if (r < 0)
                fprintf(environment->errors, "cleanslate cancel: %s\n", why.text);
        if (r > 0)
                fprintf(environment->output, "The scheduled reset is cancelled.\n");
        return r != 0;
}

static int cancel(const struct environment *environment, const struct boot_context *context)
{
        struct explanation why;
        char shown[sizeof(why.text)];
        int status;
        if (cancel_schedule(environment, &status) && (status != STATUS_OK || context->request_state == REQUEST_ABSENT))
                return status;
        switch (request_cancel(environment, context, environment->requester, &why)) {
        case CANCELLED:
                fprintf(environment->output, "The request is cancelled; the next boot is an ordinary one.\n");
                return STATUS_OK;
        case CANCELLED_MALFORMED:
                fprintf(environment->output, "The malformed request is removed; it would never have been acted on.\n");
                return STATUS_OK;
        case NOTHING_TO_CANCEL:
                fprintf(environment->output, "There is no request to cancel.\n");
                return STATUS_OK;
        default:
                fprintf(environment->errors, "cleanslate cancel: %s\n", safe_text(why.text, shown, sizeof(shown)));
                return STATUS_FAILURE;
        }
}

int cancel_command(const struct environment *environment, int argc, char **argv)
{
        struct explanation why;
        struct boot_context context;
        bool wants_help;
        int status = parse_options(environment, argc, argv, &wants_help);
        if (status != STATUS_OK)
                return status;
        if (wants_help) {
                fputs(help, environment->output);
                return STATUS_OK;
        }
        if (environment->effective_user != 0) {
                fprintf(environment->errors, "cleanslate cancel: only root may cancel a reset. Try: sudo cleanslate cancel\n");
                return STATUS_FAILURE;
        }
        if (!boot_context_gather(environment, &context, &why)) {
                fprintf(environment->errors, "cleanslate cancel: %s\n", why.text);
                return STATUS_FAILURE;
        }
        status = cancel(environment, &context);
        boot_context_release(&context);
        return status;
}
