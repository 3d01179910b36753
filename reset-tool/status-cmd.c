/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate status: what was asked for, how far a reset has come, which mode this boot is in. Changes nothing. */
#include "common/base/safe-text.h"
#include "reset-tool/json-option.h"
#include "reset-tool/resealing.h"
#include "reset-tool/status-json.h"
#include "reset-tool/status-watch.h"
#include "reset-tool/timetable.h"
#include <string.h>
#include <time.h>

#define JSON_MAX 16384

static const char help[] = "cleanslate status [--json] [--watch]\n"
                           "\n"
                           "Shows whether a factory reset has been asked for, how far one has come, and how the last one ended.\n"
                           "\n"
                           "  -j, --json   as JSON\n"
                           "  -w, --watch  and again after every change, until interrupted; with --json an object a line\n"
                           "  -h, --help   show this help\n"
                           "\n"
                           "Exit status: 0 nothing is asked for, 10 a reset is being carried out in this boot, 11 the next boot\n"
                           "resets, 1 failure, 2 wrong usage.\n";

static bool print_json(const struct environment *environment, const struct boot_context *context)
{
        char text[JSON_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        status_json(&writer, environment, context);
        if (!writer.overflow)
                fprintf(environment->output, "%s\n", text);
        return !writer.overflow;
}

/* -- for people -- */

/* Anybody may have written the variable. */
static void print_detail(FILE *output, const char *label, const char *text)
{
        char shown[512];
        if (text[0])
                fprintf(output, "          %s%s\n", label, safe_text(text, shown, sizeof(shown)));
}

static void print_request(const struct environment *environment, const struct boot_context *context)
{
        FILE *output = environment->output;
        switch (context->request_state) {
        case REQUEST_ABSENT:
                fprintf(output, "Request:  none\n");
                return;
        case REQUEST_MALFORMED:
                fprintf(output,
                        "Request:  malformed: it %s\n"
                        "          It is never acted on. Remove it with `cleanslate cancel`, or replace it with `cleanslate "
                        "request`.\n",
                        err_text(context->request_err));
                return;
        case REQUEST_FOREIGN:
                fprintf(output, "Request:  for another system; this one does not act on it\n");
                print_detail(output, "made for ID=", context->request.os.id);
                print_detail(output, "made for IMAGE_ID=", context->request.os.image_id);
                return;
        case REQUEST_PENDING:
                fprintf(output, "Request:  pending: the next boot resets this system\n");
                break;
        case REQUEST_DUE:
                fprintf(output,
                        reset_has_begun(context)
                                ? "Request:  due: this boot resets the system\n"
                                : "Request:  overdue: it was made in an earlier boot, and this boot has not acted on it\n"
                                  "          Was this boot started by Cleanslate's stub? To cancel it: `cleanslate cancel`.\n");
                break;
        }
        print_detail(output, "by ", context->request.requester);
        print_detail(output, "because: ", context->request.reason);
        if (context->request.keep)
                fprintf(output, "          with files that outlive it, sealed on the EFI system partition\n");
}

static void print_progress(const struct environment *environment, const struct boot_context *context)
{
        const struct progress *progress = &context->progress;
        FILE *output = environment->output;
        char id[ID128_TEXT_SIZE];
        if (context->progress_proof == PROGRESS_CONTRADICTED) {
                fprintf(output,
                        "Progress: the EFI variables claim a reset that is under way; no reset boot of this device wrote that,\n"
                        "          and it is ignored\n");
                return;
        }
        if (progress->phase == PHASE_IDLE) {
                fprintf(output, "Progress: no reset is recorded\n");
                return;
        }
        id128_format(&progress->reset_id, id);
        if (progress_is_under_way(progress))
                fprintf(output, "Progress: a reset is under way (phase %s); the next boot goes on with it\n",
                        reset_phase_name(progress->phase));
        else if (context->progress_proof == PROGRESS_CONFIRMED && progress->origin == ORIGIN_FIRST_BOOT)
                fprintf(output, "Progress: the first boot is complete; there has been no reset since\n");
        else if (context->progress_proof == PROGRESS_CONFIRMED)
                fprintf(output, "Progress: the last reset is complete\n");
        else
                fprintf(output,
                        "Progress: the EFI variables say that the last reset is complete; the boot stub has not confirmed it\n");
        fprintf(output, "          reset %s, origin %s, attempts %u, failures %u\n", id, reset_origin_name(progress->origin),
                progress->attempts, progress->failures);
        print_detail(output, "last error: ", progress->last_error);
}

static void print_break_glass(const struct environment *environment, const struct boot_context *context)
{
        const struct break_glass_trace *trace = &context->break_glass;
        char text[40] = "an unknown time";
        time_t last = (time_t)trace->last_at;
        struct tm parts;
        if (context->break_glass_damaged) {
                fprintf(environment->output, "Shell:    the break-glass counter is damaged; look at the records on the ESP\n");
                return;
        }
        if (trace->count == 0)
                return; /* what never happened needs no line */
        if (trace->last_at > 0 && gmtime_r(&last, &parts))
                (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts);
        fprintf(environment->output, "Shell:    the break-glass shell was opened %u time(s), last at %s\n", trace->count, text);
}

static void print_paths(FILE *output, const char *label, const char *paths)
{
        char path[SCHEDULE_KEEP_MAX];
        while (schedule_next_keep(&paths, path))
                print_detail(output, label, path);
}

static void print_schedule(const struct environment *environment)
{
        struct schedule schedule;
        struct explanation why;
        char at[TIMETABLE_TIME_SIZE], first[TIMETABLE_TIME_SIZE];
        int r = timetable_read(environment, &schedule, &why);
        if (r < 0)
                fprintf(environment->output, "Schedule: %s\n", why.text);
        if (r <= 0)
                return;
        timetable_format(schedule.due_at, at);
        timetable_format(schedule.first_due_at, first);
        fprintf(environment->output, "Schedule: this system is reset at %s\n", at);
        if (schedule.due_at != schedule.first_due_at)
                print_detail(environment->output, "put off from ", first);
        print_detail(environment->output, "by ", schedule.requester);
        print_detail(environment->output, "because: ", schedule.reason);
        print_paths(environment->output, "to outlive it: ", schedule.keep);
}

static int exit_status(const struct boot_context *context)
{
        if (reset_has_begun(context))
                return STATUS_EXECUTING;
        return context->request_state == REQUEST_PENDING || context->request_state == REQUEST_DUE ? STATUS_PENDING : STATUS_OK;
}

static int tell_people(const struct environment *environment)
{
        struct explanation why;
        struct boot_context context;
        if (!boot_context_gather(environment, &context, &why)) {
                fprintf(environment->errors, "cleanslate status: %s\n", why.text);
                return STATUS_FAILURE;
        }
        boot_context_release(&context);
        print_request(environment, &context);
        print_schedule(environment);
        print_progress(environment, &context);
        print_break_glass(environment, &context);
        if (resealing_is_known(&context)) {
                fprintf(environment->output, "Reseal:   ");
                resealing_print(environment->output, &context, "          ");
        }
        fprintf(environment->output, "Mode:     %s\n",
                context.mode_known ? boot_mode_name(context.mode) : "unknown (nothing was handed down by the initrd)");
        return exit_status(&context);
}

static int tell_machines(const struct environment *environment)
{
        struct explanation why;
        struct boot_context context;
        if (!boot_context_gather(environment, &context, &why)) {
                fprintf(environment->errors, "cleanslate status: %s\n", why.text);
                return STATUS_FAILURE;
        }
        boot_context_release(&context);
        if (print_json(environment, &context))
                return exit_status(&context);
        fprintf(environment->errors, "cleanslate status: the answer does not fit into %d bytes (a defect).\n", JSON_MAX);
        return STATUS_FAILURE;
}

int status_command(const struct environment *environment, int argc, char **argv)
{
        struct json_option options = { .can_watch = true };
        if (!json_option_parse(environment, "status", argc, argv, &options))
                return STATUS_USAGE;
        if (options.help) {
                fputs(help, environment->output);
                return STATUS_OK;
        }
        int (*tell)(const struct environment *) = options.json ? tell_machines : tell_people;
        return options.watch ? status_watch(environment, tell) : tell(environment);
}
