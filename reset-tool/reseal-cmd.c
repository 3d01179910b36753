/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate reseal: asks for the next start to prepare a change of what the volumes are sealed to. The running system has no key
 * to prepare anything itself. */
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "reset-tool/resealing.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#define JSON_MAX 256

static const char help[] =
        "cleanslate reseal [--cancel] [--json]\n"
        "\n"
        "Prepares a planned change of Secure Boot's keys (db, dbx) or state, which would otherwise lock the\n"
        "volumes. In this order: cleanslate reseal; restart; change the keys; restart. The first restart makes a\n"
        "copy of the volumes' key that one of the next three starts may use once; the second uses it, seals the\n"
        "volumes to the machine as it is then, and erases the copy. `cleanslate status` shows how far it has come.\n"
        "Until then the data is protected less: see SECURITY.md.\n"
        "\n"
        "      --cancel  have the next start erase the copy, and no request of before count any more. Not after\n"
        "                the keys were changed: it locks the volumes\n"
        "  -j, --json    as JSON\n"
        "  -h, --help    show this help\n"
        "\n"
        "Exit status: 0 it is requested, 12 it cannot be prepared here, 1 failure, 2 wrong usage.\n";

struct options {
        bool cancel, json, help;
};

static bool parse_options(const struct environment *environment, int argc, char **argv, struct options *ret)
{
        static const struct option known[] = { { "cancel", no_argument, NULL, 'c' },
                                               { "json", no_argument, NULL, 'j' },
                                               { "help", no_argument, NULL, 'h' },
                                               { 0 } };
        *ret = (struct options){ 0 };
        optind = 0; /* start anew, even in a process that has parsed options before */
        opterr = 0;
        for (int option; (option = getopt_long(argc, argv, "jh", known, NULL)) != -1;) {
                if (option == 'c')
                        ret->cancel = true;
                else if (option == 'j')
                        ret->json = true;
                else if (option == 'h')
                        ret->help = true;
                else {
                        fprintf(environment->errors, "cleanslate reseal: unknown option: %s\nSee `cleanslate reseal --help`.\n",
                                argv[optind - 1]);
                        return false;
                }
        }
        if (optind < argc)
                fprintf(environment->errors, "cleanslate reseal: takes no arguments, but got \"%s\".\n", argv[optind]);
        return optind >= argc;
}

/* False: nothing was unlocked that a change could lock. */
static bool read_key(const struct environment *environment, uint8_t ret[static SHA256_SIZE])
{
        _cleanup_free_ char *key = NULL;
        size_t size;
        if (file_read(AT_FDCWD, environment->reseal_key_path, SHA256_SIZE, &key, &size) < 0)
                return false;
        if (size == SHA256_SIZE)
                memcpy(ret, key, SHA256_SIZE);
        explicit_bzero(key, size);
        return size == SHA256_SIZE;
}

/* A copy may still be used, as far as the running system was told. */
static bool is_open(const struct boot_context *context)
{
        return context->reseal_starts > 0;
}

/* STATUS_OK: it can be prepared, as far as the running system can tell. */
static int judge(const struct environment *environment, const struct boot_context *context, struct reseal_request *request,
                 struct explanation *ret_why)
{
        uint8_t key[SHA256_SIZE];
        if (!context->mode_known) {
                (void)explain(ret_why, "This system was not started by Cleanslate, so nothing would act on it.");
                return STATUS_REFUSED;
        }
        if (reset_has_begun(context) || context->request_state == REQUEST_PENDING || context->request_state == REQUEST_DUE) {
                (void)explain(ret_why,
                              "A factory reset is requested: it seals new keys by itself. Cancel it first, or change Secure "
                              "Boot's keys after it.");
                return STATUS_REFUSED;
        }
        if (context->stub_is_other) {
                (void)explain(ret_why,
                              "Another boot stub than Cleanslate's has started this system, so there is no secret that a "
                              "prepared copy could be bound to. Have the recovery key at hand instead ([Seal] "
                              "recovery-key=).");
                return STATUS_REFUSED;
        }
        if (context->reseal == RESEAL_UNAVAILABLE) {
                (void)explain(ret_why,
                              "This machine's firmware keeps no secret for Cleanslate's stub, which a prepared copy has to "
                              "be bound to. Have the recovery key at hand instead ([Seal] recovery-key=).");
                return STATUS_REFUSED;
        }
        if (is_open(context) && context->reseal == RESEAL_FAILED) {
                (void)explain(
                        ret_why,
                        "The last one has failed in this start, and its copy of the volumes' key may still be used. Restart "
                        "first, or: cleanslate reseal --cancel");
                return STATUS_REFUSED;
        }
        if (!read_key(environment, key)) {
                (void)explain(ret_why,
                              "No volume of this system was unlocked that is sealed to PCRs of the firmware: a change of Secure "
                              "Boot's keys locks nothing here.");
                return STATUS_REFUSED;
        }
        reseal_request_mac(key, context->reseal_number, request->mac);
        explicit_bzero(key, sizeof(key));
        return STATUS_OK;
}

static int fail(const struct environment *environment, int status, const char *why)
{
        fprintf(environment->errors, "cleanslate reseal: %s\n", why);
        return status;
}

/* Another copy would be the end of the one that there is, and lock the volumes if the change was made meanwhile. So who asks
 * again keeps that, and takes back what stood against it. A request that nobody has acted on is not just taken away, as another
 * system on the machine may have put it by: the stub makes it worthless. */
static int submit(struct boot_context *context, const struct reseal_request *request)
{
        const bool somebody_acts = context->mode_known && context->reseal != RESEAL_UNAVAILABLE;
        uint8_t encoded[RESEAL_ENCODED_SIZE];
        int r;
        if (!somebody_acts || (request->verb == RESEAL_VERB_PREPARE && is_open(context))) {
                r = efivarfs_remove(&context->variables, &guid_cleanslate, RESEAL_VARIABLE_NAME);
                context->reseal_requested = r < 0 && context->reseal_requested;
                return r < 0 ? r : 0;
        }
        reseal_request_encode(request, encoded);
        r = efivarfs_write(&context->variables, &guid_cleanslate, RESEAL_VARIABLE_NAME, encoded, sizeof(encoded));
        if (r == 0) {
                context->reseal_requested = true;
                context->reseal_verb = request->verb;
        }
        return r;
}

static int tell(const struct environment *environment, const struct boot_context *context, bool json)
{
        char text[JSON_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        if (json) {
                resealing_json(&writer, context);
                fprintf(environment->output, "%s\n", text);
                return STATUS_OK;
        }
        if (!resealing_is_known(context)) {
                fprintf(environment->output, "No reseal is prepared.\n");
                return STATUS_OK;
        }
        fprintf(environment->output, "The reseal is ");
        resealing_print(environment->output, context, "");
        if (context->reseal_requested && context->reseal_verb == RESEAL_VERB_PREPARE)
                fprintf(environment->output,
                        "Now restart; then change the keys; then restart again. Have the recovery key at hand, "
                        "if there is one.\n");
        return STATUS_OK;
}

static int run(const struct environment *environment, struct boot_context *context, const struct options *options)
{
        struct reseal_request request = { .verb = options->cancel ? RESEAL_VERB_CANCEL : RESEAL_VERB_PREPARE,
                                          .last_reset = context->last_reset };
        struct explanation why;
        int status = options->cancel ? STATUS_OK : judge(environment, context, &request, &why);
        if (status != STATUS_OK)
                return fail(environment, status, why.text);
        int r = submit(context, &request);
        if (r < 0) {
                (void)explain(&why, "The EFI variable %s cannot be written: %s.%s", RESEAL_VARIABLE_NAME, strerror(-r),
                              r == -ENOSPC ? " The firmware's variable store is full; `cleanslate doctor` says more." : "");
                return fail(environment, STATUS_FAILURE, why.text);
        }
        return tell(environment, context, options->json);
}

int reseal_command(const struct environment *environment, int argc, char **argv)
{
        struct explanation why;
        struct boot_context context;
        struct options options;
        if (!parse_options(environment, argc, argv, &options))
                return STATUS_USAGE;
        if (options.help) {
                fputs(help, environment->output);
                return STATUS_OK;
        }
        if (environment->effective_user != 0)
                return fail(environment, STATUS_FAILURE, "only root may do this. Try: sudo cleanslate reseal");
        if (!boot_context_gather(environment, &context, &why))
                return fail(environment, STATUS_FAILURE, why.text);
        int status = run(environment, &context, &options);
        boot_context_release(&context);
        return status;
}
