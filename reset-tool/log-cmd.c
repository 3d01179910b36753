/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate log: the resets of this device, from their records on the EFI system partition. Changes nothing. */
#include "common/base/safe-text.h"
#include "reset-tool/history.h"
#include "reset-tool/json-option.h"
#include <stdlib.h>
#include <time.h>

#define JSON_ENTRY_MAX 8192 /* every text of it escaped */

static const char help[] =
        "cleanslate log [--json]\n"
        "\n"
        "Lists the resets of this device, the newest first: when, how it ended, who asked, why. The list is read\n"
        "from the records on the EFI system partition, which nobody has to authenticate: it is a help, not proof.\n"
        "\n"
        "  -j, --json  as JSON\n"
        "  -h, --help  show this help\n";

static bool print_json(const struct environment *environment, const struct history *history)
{
        size_t capacity = (history->count + 1) * JSON_ENTRY_MAX;
        char *text = malloc(capacity);
        if (!text)
                return false;
        struct writer writer = writer_over(text, capacity);
        history_json(&writer, history);
        if (!writer.overflow)
                fprintf(environment->output, "%s\n", text);
        free(text);
        return !writer.overflow;
}

static void print_detail(FILE *output, const char *label, const char *text)
{
        char shown[600];
        if (text[0])
                fprintf(output, "    %s%s\n", label, safe_text(text, shown, sizeof(shown)));
}

static void print_entry(FILE *output, const struct record_summary *summary)
{
        char when[40] = "an unknown time", origin[32], level[32];
        time_t time = (time_t)summary->written_at;
        struct tm parts;
        if (summary->written_at > 0 && gmtime_r(&time, &parts))
                (void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &parts);
        fprintf(output, "%s  %-8s  origin %s, level %s, %llu s\n", when, history_result(summary),
                safe_text(summary->origin, origin, sizeof(origin)), safe_text(summary->level, level, sizeof(level)),
                (unsigned long long)(summary->duration_ms + 500) / 1000);
        print_detail(output, "reset ", summary->reset_id);
        print_detail(output, "by ", summary->requester);
        print_detail(output, "because: ", summary->reason);
        print_detail(output, "error: ", summary->error);
}

static void print_text(FILE *output, const struct history *history)
{
        if (history->count == 0)
                fprintf(output, "There is no record of a reset in %s.\n", history->directory);
        for (size_t i = 0; i < history->count; i++)
                print_entry(output, &history->entries[i].summary);
        if (history->left_out > 0)
                fprintf(output, "... and %zu older ones in %s\n", history->left_out, history->directory);
}

int log_command(const struct environment *environment, int argc, char **argv)
{
        struct json_option options = { 0 };
        struct explanation why;
        struct history history;
        if (!json_option_parse(environment, "log", argc, argv, &options))
                return STATUS_USAGE;
        if (options.help) {
                fputs(help, environment->output);
                return STATUS_OK;
        }
        if (!history_read(environment, &history, &why)) {
                fprintf(environment->errors, "cleanslate log: %s\n", why.text);
                return STATUS_FAILURE;
        }
        bool printed = true;
        if (options.json)
                printed = print_json(environment, &history);
        else
                print_text(environment->output, &history);
        history_release(&history);
        if (!printed)
                fprintf(environment->errors, "cleanslate log: the list does not fit into memory.\n");
        return printed ? STATUS_OK : STATUS_FAILURE;
}
