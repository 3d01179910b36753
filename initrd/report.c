/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/report.h"

#include "common/base/safe-text.h"
#include "initrd/report-screen.h"
#include "linux/base/file.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 512
#define MIB            (1u << 20)
#define METER_EVERY_MS 1000

void report_reopen(struct report *report)
{
        consoles_close(&report->consoles);
        consoles_open(&report->consoles);
}

void report_open(struct report *report)
{
        memset(report, 0, sizeof(*report));
        /* a reset says more than the kernel lets a program say by default; systemd sets its own rate later */
        (void)file_write_existing("/proc/sys/kernel/printk_devkmsg", "on");
        report->kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
        consoles_open(&report->consoles);
}

/* What is named in a line may be somebody else's text: a partition's name, a reason, what an earlier boot has left. */
static void to_kernel_log(struct report *report, const char *line)
{
        char record[LINE_MAX_BYTES + 32], shown[LINE_MAX_BYTES];
        int size = snprintf(record, sizeof(record), "<6>cleanslate: %s\n", safe_text(line, shown, sizeof(shown)));
        if (report->kmsg_fd >= 0 && size > 0)
                (void)!write(report->kmsg_fd, record, (size_t)size < sizeof(record) ? (size_t)size : sizeof(record) - 1);
}

void report_text(struct report *report, size_t console, const char *text, size_t size)
{
        consoles_write(&report->consoles, console, text, size);
}

static void to_consoles(struct report *report, const char *line)
{
        char text[LINE_MAX_BYTES + 32], shown[LINE_MAX_BYTES];
        int size = snprintf(text, sizeof(text), "cleanslate: %s\r\n", safe_text(line, shown, sizeof(shown)));
        for (size_t i = 0; i < report->consoles.count; i++)
                if (!report->drawing || !report->consoles.is_screen[i])
                        report_text(report, i, text, (size_t)size);
}

/* For programs: a line of its own, without the prefix. */
static void json_to_lines(struct report *report)
{
        char text[LINE_MAX_BYTES * 2];
        struct writer writer = writer_over(text, sizeof(text));
        if (!report->as_json)
                return;
        progress_json(&report->facts, report->language, &writer);
        writer_text(&writer, "\r\n");
        for (size_t i = 0; i < report->consoles.count && !writer.overflow; i++)
                if (!report->consoles.is_screen[i])
                        report_text(report, i, text, writer.size);
}

static void draw(struct report *report)
{
        const struct report_picture picture = { .facts = &report->facts,
                                                .language = report->language,
                                                .last_line = report->last_line };
        if (report->drawing)
                report_screen_draw(&report->consoles, &picture);
}

static void show_progress(struct report *report)
{
        json_to_lines(report);
        draw(report);
}

void report_start_drawing(struct report *report)
{
        report->last_line[0] = 0;
        report->drawing = true;
        report_screen_begin(&report->consoles);
        draw(report);
}

void report_stop_drawing(struct report *report)
{
        if (report->drawing)
                report_screen_end(&report->consoles);
        report->drawing = false;
}

void report_note(struct report *report, const char *format, ...)
{
        char line[LINE_MAX_BYTES];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        to_kernel_log(report, line);
}

void report_line(struct report *report, const char *format, ...)
{
        char line[LINE_MAX_BYTES];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        to_kernel_log(report, line);
        to_consoles(report, line);
        if (report->drawing) {
                (void)snprintf(report->last_line, sizeof(report->last_line), "%s", line);
                draw(report);
        }
}

void report_plan(struct report *report, const struct plan *plan)
{
        report->facts.phases_planned = view_phases_of(plan);
}

/* The kernel log, which the journal keeps, is in English. */
static void say_translated(struct report *report, const char *english, const char *translated)
{
        to_kernel_log(report, english);
        to_consoles(report, translated);
}

static void format_step(const struct progress_facts *facts, enum language language, char line[static LINE_MAX_BYTES])
{
        (void)snprintf(line, LINE_MAX_BYTES, "reset: %3zu%% [%zu/%zu] %s%s%s", (facts->step - 1) * 100 / facts->step_count,
                       facts->step, facts->step_count, message(language, facts->step_text), facts->object[0] ? ": " : "",
                       facts->object);
}

uint64_t report_step(struct report *report, size_t step, size_t step_count, enum step_kind kind, const char *object)
{
        char english[LINE_MAX_BYTES], translated[LINE_MAX_BYTES];
        struct progress_facts *facts = &report->facts;
        uint32_t planned = facts->phases_planned, permille = facts->permille;
        *facts = (struct progress_facts){ .phases_planned = planned,
                                          .phase = step_traits(kind)->view,
                                          .step = step,
                                          .step_count = step_count,
                                          .step_name = step_kind_name(kind),
                                          .step_text = step_kind_text(kind),
                                          .object = object,
                                          .pass = "",
                                          .permille = permille };
        progress_advance(facts);
        report->step_started_ms = report->last_line_ms = now_ms();
        format_step(facts, LANGUAGE_ENGLISH, english);
        format_step(facts, report->language, translated);
        say_translated(report, english, translated);
        show_progress(report);
        return report->step_started_ms;
}

void report_finished(struct report *report)
{
        report->facts = (struct progress_facts){ .phases_planned = report->facts.phases_planned,
                                                 .phase = VIEW_DONE,
                                                 .step = report->facts.step_count,
                                                 .step_count = report->facts.step_count,
                                                 .object = "",
                                                 .pass = "",
                                                 .permille = 1000 };
        show_progress(report);
}

static void format_meter(const struct progress_facts *facts, enum language language, char line[static LINE_MAX_BYTES])
{
        char speed[64] = "";
        if (facts->pace_known)
                (void)snprintf(speed, sizeof(speed), ", %llu MiB/s, %llu s left", (unsigned long long)(facts->rate / MIB),
                               (unsigned long long)facts->left_s);
        (void)snprintf(line, LINE_MAX_BYTES, "reset: [%zu/%zu] %s: %s%s%u%%, %llu of %llu MiB%s", facts->step, facts->step_count,
                       message(language, facts->step_text), message(language, facts->pass), facts->pass[0] ? " " : "",
                       (unsigned)(facts->done_bytes * 100.0 / facts->total_bytes), (unsigned long long)(facts->done_bytes / MIB),
                       (unsigned long long)(facts->total_bytes / MIB), speed);
}

static void advance(void *context, uint64_t done, uint64_t total)
{
        struct report *report = context;
        struct progress_facts *facts = &report->facts;
        char english[LINE_MAX_BYTES], translated[LINE_MAX_BYTES];
        uint64_t now = now_ms();
        facts->pace_known = pace_see(&report->pace, now, done, total, &facts->rate, &facts->left_s);
        facts->done_bytes = done;
        facts->total_bytes = total;
        if (total == 0 || done == 0 || !facts->step_text || now - report->last_line_ms < METER_EVERY_MS)
                return;
        report->last_line_ms = now;
        progress_advance(facts);
        format_meter(facts, LANGUAGE_ENGLISH, english);
        format_meter(facts, report->language, translated);
        say_translated(report, english, translated);
        show_progress(report);
}

struct meter report_meter(struct report *report, const char *pass)
{
        report->facts.pass = pass;
        report->pace = (struct pace){ 0 };
        return (struct meter){ .advance = advance, .context = report };
}

void report_milestone(struct report *report, const char *name)
{
        if (report->milestone_count == REPORT_MILESTONES_MAX)
                return;
        report->milestones[report->milestone_count].name = name;
        report->milestones[report->milestone_count++].at_ms = now_ms();
}

void report_milestones(struct report *report)
{
        char line[LINE_MAX_BYTES];
        size_t used = 0;
        line[0] = 0;
        for (size_t i = 0; i < report->milestone_count && used < sizeof(line); i++)
                used += (size_t)snprintf(line + used, sizeof(line) - used, " %s %llu", report->milestones[i].name,
                                         (unsigned long long)report->milestones[i].at_ms);
        report_note(report, "milestones (ms since the kernel started):%s", line);
}
