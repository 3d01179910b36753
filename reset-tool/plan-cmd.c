/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate plan: what a reset would do on this machine now. Changes nothing. */
#include "linux/base/cleanup.h"
#include "reset-tool/plan-json.h"
#include "reset-tool/plan-words.h"
#include "reset-tool/reset-options-parse.h"
#include <getopt.h>
#include <string.h>

static const char help[] =
        "cleanslate plan [--json] [--level=LEVEL] [--tpm-clear=POLICY | --no-tpm]\n"
        "\n"
        "Shows what a factory reset would do on this machine now: what is erased and how, what stays, what is\n"
        "built, how long it may take, and what would stop it. The decision is the initrd's own. Nothing is\n"
        "changed. Where a request is pending, its plan is shown, unless an option says otherwise.\n"
        "\n"
        "  -j, --json         as JSON\n"
        "      --level=LEVEL  as if the request asked for crypto, clear or purge\n"
        "      --tpm-clear=POLICY\n"
        "                     as if the request asked for required, try or skip; --no-tpm is short for skip\n"
        "  -h, --help         show this help\n"
        "\n"
        "The digest is the one that the record of the reset carries, unless disk, EFI system partition or\n"
        "variables change in between.\n"
        "\n"
        "Exit status: 0 a reset could begin, 12 it would be refused, 1 failure, 2 wrong usage.\n";

struct plan_options {
        bool json, help, has_options;
        struct reset_options reset;
};

static bool parse_options(const struct environment *environment, int argc, char **argv, struct plan_options *ret)
{
        static const struct option known[] = { { "json", no_argument, NULL, 'j' },
                                               { "level", required_argument, NULL, RESET_OPTION_LEVEL },
                                               { "no-tpm", no_argument, NULL, RESET_OPTION_NO_TPM },
                                               { "tpm-clear", required_argument, NULL, RESET_OPTION_TPM_CLEAR },
                                               { "help", no_argument, NULL, 'h' },
                                               { 0 } };
        *ret = (struct plan_options){ 0 };
        optind = 0; /* start anew, even in a process that has parsed options before */
        opterr = 0;
        for (int option; (option = getopt_long(argc, argv, "jh", known, NULL)) != -1;) {
                if (option == 'j')
                        ret->json = true;
                else if (option == 'h')
                        ret->help = true;
                else if (!reset_option_parse(environment, argv, option, &ret->reset))
                        return false;
                else
                        ret->has_options = true;
        }
        if (optind < argc)
                fprintf(environment->errors, "cleanslate plan: takes no arguments, but got \"%s\".\n", argv[optind]);
        return optind >= argc;
}

static int print_plan(const struct environment *environment, const struct plan_preview *preview, bool json)
{
        size_t capacity = json ? PLAN_JSON_MAX : PLAN_WORDS_MAX;
        _cleanup_free_ char *text = malloc(capacity);
        if (!text) {
                fprintf(environment->errors, "cleanslate plan: not enough memory.\n");
                return STATUS_FAILURE;
        }
        struct writer writer = writer_over(text, capacity);
        if (json)
                plan_json(&writer, preview);
        else
                plan_words(&writer, preview);
        if (writer.overflow) {
                fprintf(environment->errors, "cleanslate plan: the answer does not fit into %zu bytes (a defect).\n", capacity);
                return STATUS_FAILURE;
        }
        fprintf(environment->output, "%s%s", text, json ? "\n" : "");
        return preview->plan.refusal_count > 0 ? STATUS_REFUSED : STATUS_OK;
}

static int plan(const struct environment *environment, const struct boot_context *context, const struct plan_options *options)
{
        struct explanation why;
        _cleanup_(plan_preview_free) struct plan_preview *preview =
                plan_preview_new(environment, context, options->has_options ? &options->reset : NULL);
        if (!preview || !preview->planned) {
                fprintf(environment->errors, "cleanslate plan: %s\n", preview ? preview->why.text : "not enough memory.");
                return STATUS_FAILURE;
        }
        if (!reset_options_allowed(&options->reset, &preview->policy, &why)) {
                fprintf(environment->errors, "cleanslate plan: %s\n", why.text);
                return STATUS_USAGE;
        }
        return print_plan(environment, preview, options->json);
}

int plan_command(const struct environment *environment, int argc, char **argv)
{
        struct plan_options options;
        struct explanation why;
        struct boot_context context;
        if (!parse_options(environment, argc, argv, &options))
                return STATUS_USAGE;
        if (options.help) {
                fputs(help, environment->output);
                return STATUS_OK;
        }
        if (environment->effective_user != 0) {
                fprintf(environment->errors,
                        "cleanslate plan: only root may look at the disks and ask the TPM. Try: sudo cleanslate plan\n");
                return STATUS_FAILURE;
        }
        if (!boot_context_gather(environment, &context, &why)) {
                fprintf(environment->errors, "cleanslate plan: %s\n", why.text);
                return STATUS_FAILURE;
        }
        int status = plan(environment, &context, &options);
        boot_context_release(&context);
        return status;
}
