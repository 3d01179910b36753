/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate request: asks the next boot for a factory reset. */
#include "reset-tool/request-cmd.h"

#include "common/base/safe-text.h"
#include "common/base/typed-word.h"
#include "linux/base/cleanup.h"
#include "reset-tool/announcement.h"
#include "reset-tool/checks.h"
#include "reset-tool/checkup-print.h"
#include "reset-tool/hooks.h"
#include "reset-tool/plan-words.h"
#include "reset-tool/preserve-collect.h"
#include "reset-tool/request-store.h"
#include "reset-tool/reset-options-parse.h"
#include "reset-tool/timetable.h"
#include <getopt.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A person who is asked types this, and nothing else counts as yes; the recovery page wants the same word. */
#define CONFIRMATION "reset"

static const char help[] =
        "cleanslate request [--at=TIME | --in=TIME | --on-next-boot] [--level=LEVEL]\n"
        "                   [--tpm-clear=POLICY | --no-tpm] [--reboot] [--keep=PATH...] [--reason=TEXT] [--yes] [--force]\n"
        "\n"
        "Asks for a factory reset at the next boot: the data partitions are erased and rebuilt as the verified\n"
        "image describes them. First shows the plan and tries what the reset will need; then asks for a\n"
        "confirmation, the word \"" CONFIRMATION "\". Nothing is lost before that boot; until then,\n"
        "`cleanslate cancel` cancels the request.\n"
        "\n"
        "      --level=LEVEL  crypto, clear or purge; the image's policy is the least\n"
        "      --tpm-clear=POLICY\n"
        "                     required, try (a failure does not stop the reset) or skip, where the image's policy\n"
        "                     allows it; --no-tpm is short for skip\n"
        "      --at=TIME      set a time for it: 03:00, tomorrow, \"Sun 03:00\", \"2030-12-31 03:00\" (systemd.time(7)).\n"
        "                     Then this device warns logged-in users, asks, and restarts; a time that comes\n"
        "                     while it is off is caught up. See `cleanslate status`, `cleanslate postpone`\n"
        "      --in=TIME      the same, so long from now: 90min, 2h, 3d\n"
        "      --on-next-boot at the next boot, whenever that is; as without --at and --in\n"
        "      --keep=PATH    have this file or directory outlive the reset, as far as the image's policy allows;\n"
        "                     may be given several times. With --at or --in it is read when the time has come\n"
        "  -r, --reboot       reboot now, once the request is written\n"
        "      --reason=TEXT  why, for the record of the reset (at most 255 bytes)\n"
        "  -y, --yes          do not ask; needed where nobody is at a terminal\n"
        "      --force        ask for the reset although the preflight fails; with --at or --in, also when it is due\n"
        "  -h, --help         show this help\n"
        "\n"
        "Exit status: 0 the request is written, 12 the preflight failed, 1 failure or no confirmation, 2 wrong\n"
        "usage. Nothing was written but with 0.\n";

struct request_options {
        bool help, on_next_boot;
        const char *at, *in; /* NULL = not given */
        struct request_order order;
        const char *keep[PRESERVE_PATHS_MAX]; /* the order's */
};

enum { OPTION_REASON = 0x200, OPTION_KEEP, OPTION_FORCE, OPTION_AT, OPTION_IN, OPTION_ON_NEXT_BOOT };

static bool add_path(const struct environment *environment, struct request_options *request)
{
        struct reset_options *options = &request->order.options;
        if (options->keep_count == PRESERVE_PATHS_MAX) {
                fprintf(environment->errors, "cleanslate request: --keep may be given %d times.\n", PRESERVE_PATHS_MAX);
                return false;
        }
        request->keep[options->keep_count++] = optarg;
        options->keep = request->keep;
        return true;
}

static bool take_option(const struct environment *environment, char **argv, int option, struct request_options *options)
{
        switch (option) {
        case 'r':
                options->order.reboot = true;
                return true;
        case 'y':
                options->order.confirmed = true;
                return true;
        case 'h':
                options->help = true;
                return true;
        case OPTION_FORCE:
                options->order.options.force = true;
                return true;
        case OPTION_AT:
                options->at = optarg;
                return true;
        case OPTION_IN:
                options->in = optarg;
                return true;
        case OPTION_ON_NEXT_BOOT:
                options->on_next_boot = true;
                return true;
        case OPTION_KEEP:
                return add_path(environment, options);
        case OPTION_REASON:
                options->order.options.reason = optarg;
                return true;
        default:
                return reset_option_parse(environment, argv, option, &options->order.options);
        }
}

static bool parse_options(const struct environment *environment, int argc, char **argv, struct request_options *ret)
{
        static const struct option known[] = {
                { "reboot", no_argument, NULL, 'r' },
                { "yes", no_argument, NULL, 'y' },
                { "force", no_argument, NULL, OPTION_FORCE },
                { "at", required_argument, NULL, OPTION_AT },
                { "in", required_argument, NULL, OPTION_IN },
                { "on-next-boot", no_argument, NULL, OPTION_ON_NEXT_BOOT },
                { "keep", required_argument, NULL, OPTION_KEEP },
                { "reason", required_argument, NULL, OPTION_REASON },
                { "level", required_argument, NULL, RESET_OPTION_LEVEL },
                { "no-tpm", no_argument, NULL, RESET_OPTION_NO_TPM },
                { "tpm-clear", required_argument, NULL, RESET_OPTION_TPM_CLEAR },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        *ret = (struct request_options){ .order.options.requester = environment->requester };
        optind = 0; /* start anew, even in a process that has parsed options before */
        opterr = 0;
        for (int option; (option = getopt_long(argc, argv, "ryh", known, NULL)) != -1;)
                if (!take_option(environment, argv, option, ret))
                        return false;
        if (optind < argc)
                fprintf(environment->errors,
                        "cleanslate request: takes no arguments, but got \"%s\". Put a reason in quotes: --reason=\"...\"\n",
                        argv[optind]);
        return optind >= argc;
}

/* What was there before is replaced, but not in silence. */
static void report_replaced(const struct environment *environment, const struct boot_context *context)
{
        char id[OS_FIELD_MAX];
        if (context->request_state == REQUEST_PENDING || context->request_state == REQUEST_DUE)
                fprintf(environment->output, "Note: this replaces a request that was there already.\n");
        else if (context->request_state == REQUEST_MALFORMED)
                fprintf(environment->output,
                        "Note: this replaces a malformed request, which would never have been acted on (it %s).\n",
                        err_text(context->request_err));
        else if (context->request_state == REQUEST_FOREIGN)
                fprintf(environment->output, "Note: this replaces a request for another system (ID=%s).\n",
                        safe_text(context->request.os.id, id, sizeof(id)));
        if (reset_has_begun(context))
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

static int refuse(const struct environment *environment, int status, const char *text)
{
        fprintf(environment->errors, "cleanslate request: %s\n", text);
        return status;
}

static bool show_plan(const struct environment *environment, const struct plan_preview *preview)
{
        _cleanup_free_ char *text = malloc(PLAN_WORDS_MAX);
        struct writer writer = writer_over(text, text ? PLAN_WORDS_MAX : 0);
        plan_words(&writer, preview);
        if (writer.overflow)
                return false;
        fprintf(environment->output, "%s\n", text);
        return true;
}

/* By the same reading that is handed over later. STATUS_OK: go on. */
static int show_kept(const struct environment *environment, const struct plan_preview *preview,
                     const struct reset_options *options)
{
        struct explanation why;
        struct preserve_collection collection;
        if (options->keep_count == 0 || !preview->policy_known)
                return STATUS_OK;
        if (!preserve_collect(environment, &preview->policy, options->keep, options->keep_count, &collection, &why))
                return refuse(environment, STATUS_USAGE, why.text);
        fprintf(environment->output, "Kept through the reset: %u files, %u directories, %llu bytes:\n", collection.files,
                collection.directories, (unsigned long long)collection.bytes);
        for (size_t i = 0; i < options->keep_count; i++) {
                char shown[SCHEDULE_KEEP_MAX];
                fprintf(environment->output, "  %s\n", safe_text(options->keep[i], shown, sizeof(shown)));
        }
        fputc('\n', environment->output);
        preserve_collection_done(&collection);
        return STATUS_OK;
}

/* What is planned, and whether it could be carried out. STATUS_OK: go on. */
static int look_ahead(const struct environment *environment, const struct boot_context *context,
                      const struct reset_options *options)
{
        struct explanation why;
        struct checkup checkup;
        _cleanup_(plan_preview_free) struct plan_preview *preview = plan_preview_new(environment, context, options);
        if (!preview)
                return refuse(environment, STATUS_FAILURE, "not enough memory.");
        if (preview->policy_known && !reset_options_allowed(options, &preview->policy, &why))
                return refuse(environment, STATUS_USAGE, why.text);
        if (preview->planned && !show_plan(environment, preview))
                return refuse(environment, STATUS_FAILURE, "not enough memory.");
        int status = show_kept(environment, preview, options);
        if (status != STATUS_OK)
                return status;
        if (!checks_run(environment, context, preview, SCOPE_PREFLIGHT, &checkup))
                return refuse(environment, STATUS_FAILURE, "not enough memory.");
        checkup_print(environment, &checkup, SCOPE_PREFLIGHT, SEVERITY_WARNING);
        if (!checkup_failed(&checkup, SCOPE_PREFLIGHT))
                return STATUS_OK;
        if (options->force) {
                fprintf(environment->output, "Note: the preflight fails; continuing because of --force.\n");
                return STATUS_OK;
        }
        return refuse(environment, STATUS_REFUSED,
                      "the reset would fail for the reasons above, so it was not requested. Use --force to request it anyway; "
                      "the reset repeats its own checks.");
}

/* One line, read whole, so that what else was typed does not count as the next answer. */
static bool is_confirmed(const struct environment *environment)
{
        _cleanup_free_ char *line = NULL;
        size_t capacity = 0;
        struct typed_word word = typed_word_over(CONFIRMATION);
        enum typed_answer answer = TYPED_PENDING;
        fprintf(environment->output,
                "Everything under \"Erased\" will be gone for good. To go on, type \"%s\" and Enter: ", CONFIRMATION);
        (void)fflush(environment->output);
        ssize_t length = getline(&line, &capacity, environment->input);
        for (ssize_t i = 0; i < length && answer == TYPED_PENDING; i++)
                answer = typed_word_key(&word, line[i]);
        return answer == TYPED_YES;
}

/* Whoever is to wait has the schedule's file written instead of the request. */
static int set_time(const struct environment *environment, const struct request_order *order)
{
        struct explanation why;
        char at[TIMETABLE_TIME_SIZE];
        if (!request_schedule(environment, &order->options, order->due_at, &why))
                return refuse(environment, STATUS_FAILURE, why.text);
        timetable_format(order->due_at, at);
        fprintf(environment->output, "This system is reset to its factory state at %s. To cancel it: cleanslate cancel\n", at);
        return STATUS_OK;
}

/* The time that is asked for; 0: at the next boot. STATUS_OK: go on. */
static int find_time(const struct environment *environment, const struct request_options *options, uint64_t *ret)
{
        struct explanation why;
        const uint64_t now = (uint64_t)time(NULL);
        const char *text = options->at ? options->at : options->in;
        *ret = 0;
        if ((options->at != NULL) + (options->in != NULL) + options->on_next_boot > 1 || (text && options->order.reboot))
                return refuse(environment, STATUS_USAGE,
                              "use only one of --at, --in, --on-next-boot; --reboot cannot be combined with --at or --in.");
        if (!text)
                return STATUS_OK;
        if (options->in ? !timetable_parse_span(environment, text, ret, &why) : !timetable_parse(environment, text, ret, &why))
                return refuse(environment, STATUS_USAGE, why.text);
        if (options->in) /* an immense span comes out as over, or too far ahead */
                *ret += now;
        if (*ret <= now || *ret - now > SCHEDULE_SPAN_MAX)
                return refuse(environment, STATUS_USAGE,
                              "that time has passed, or is more than a year ahead. Nothing was requested.");
        return STATUS_OK;
}

static int submit(const struct environment *environment, const struct boot_context *context, const struct request_order *order)
{
        struct explanation why;
        if (request_submit(environment, context, &order->options, &why) < 0)
                return refuse(environment, STATUS_FAILURE, why.text);
        report_replaced(environment, context);
        fprintf(environment->output, "The next boot resets this system to its factory state.%s\n",
                order->reboot ? "" : " To cancel it: cleanslate cancel");
        return STATUS_OK;
}

static int refuse_by_hook(const struct environment *environment, const struct reset_options *options, const char *text)
{
        char shown[sizeof(((struct explanation *)0)->text)];
        if (!options->force)
                return refuse(environment, STATUS_REFUSED, safe_text(text, shown, sizeof(shown)));
        fprintf(environment->output, "Note: %s Continuing because of --force.\n", safe_text(text, shown, sizeof(shown)));
        return STATUS_OK;
}

int request_carry_out(const struct environment *environment, const struct request_order *order)
{
        struct explanation why;
        struct boot_context context;
        if (!reset_options_check(&order->options, &why))
                return refuse(environment, STATUS_USAGE, why.text);
        if (!boot_context_gather(environment, &context, &why))
                return refuse(environment, STATUS_FAILURE, why.text);
        int status = look_ahead(environment, &context, &order->options);
        if (status == STATUS_OK && !order->confirmed && !is_confirmed(environment))
                status = refuse(environment, STATUS_FAILURE, "not confirmed, so no reset was requested.");
        if (status == STATUS_OK && !hooks_allow(environment, &order->options, &why))
                status = refuse_by_hook(environment, &order->options, why.text);
        if (status == STATUS_OK)
                status = order->due_at > 0 ? set_time(environment, order) : submit(environment, &context, order);
        boot_context_release(&context);
        return status;
}

int request_command(const struct environment *environment, int argc, char **argv)
{
        struct request_options options;
        if (!parse_options(environment, argc, argv, &options))
                return STATUS_USAGE;
        if (options.help) {
                fputs(help, environment->output);
                return STATUS_OK;
        }
        if (environment->effective_user != 0)
                return refuse(environment, STATUS_FAILURE, "only root may request a reset. Try: sudo cleanslate request");
        if (!options.order.confirmed && !environment->input)
                return refuse(environment, STATUS_USAGE,
                              "cannot ask for confirmation: stdin is not a terminal; in scripts use --yes.");
        int status = find_time(environment, &options, &options.order.due_at);
        if (status == STATUS_OK)
                status = request_carry_out(environment, &options.order);
        return status == STATUS_OK && options.order.reboot ? reboot_now(environment) : status;
}
