/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/report.h"

#include "linux/cleanup.h"
#include "linux/file.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 512
#define MIB            (1u << 20)
#define METER_EVERY_MS 1000
#define STUCK_AFTER_MS 1000

uint64_t now_ms(void)
{
        struct timespec now;
        (void)clock_gettime(CLOCK_BOOTTIME, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void open_console(struct report *report, const char *name)
{
        char path[64];
        (void)snprintf(path, sizeof(path), "/dev/%s", name);
        int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 || report->console_count == REPORT_CONSOLES_MAX) {
                close_fd(&fd);
                return;
        }
        report->is_screen[report->console_count] = strncmp(name, "tty", 3) == 0 && name[3] >= '0' && name[3] <= '9';
        report->consoles[report->console_count++] = fd;
        (void)snprintf(report->shell_console, sizeof(report->shell_console), "%s", path);
}

static void open_consoles(struct report *report)
{
        _cleanup_free_ char *active = NULL;
        char *rest = NULL;
        if (file_read(AT_FDCWD, "/sys/class/tty/console/active", 4096, &active, NULL) == 0)
                for (char *name = strtok_r(active, " \n", &rest); name; name = strtok_r(NULL, " \n", &rest))
                        open_console(report, name);
        if (report->console_count == 0)
                open_console(report, "console");
}

void report_reopen(struct report *report)
{
        while (report->console_count > 0)
                close_fd(&report->consoles[--report->console_count]);
        open_consoles(report);
}

void report_open(struct report *report)
{
        memset(report, 0, sizeof(*report));
        /* a reset says more than the kernel lets a program say by default; systemd sets its own rate later */
        (void)file_write_existing("/proc/sys/kernel/printk_devkmsg", "on");
        report->kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
        open_consoles(report);
}

static void to_kernel_log(struct report *report, const char *line)
{
        char record[LINE_MAX_BYTES + 32];
        int size = snprintf(record, sizeof(record), "<6>cleanslate: %s\n", line);
        if (report->kmsg_fd >= 0 && size > 0)
                (void)!write(report->kmsg_fd, record, (size_t)size < sizeof(record) ? (size_t)size : sizeof(record) - 1);
}

/* A console that is gone, or that nobody lets go on, must not stop us. */
void report_text(struct report *report, size_t console, const char *text, size_t size)
{
        struct pollfd item = { .fd = report->consoles[console], .events = POLLOUT };
        while (size > 0) {
                ssize_t n = write(item.fd, text, size);
                if (n > 0) {
                        report->is_stuck[console] = false;
                        text += n;
                        size -= (size_t)n;
                } else if (n < 0 && errno == EAGAIN && !report->is_stuck[console]) {
                        report->is_stuck[console] = poll(&item, 1, STUCK_AFTER_MS) <= 0;
                } else if (n == 0 || errno != EINTR) {
                        return;
                }
        }
}

static void to_consoles(struct report *report, const char *line)
{
        char text[LINE_MAX_BYTES + 32];
        int size = snprintf(text, sizeof(text), "cleanslate: %s\r\n", line);
        for (size_t i = 0; i < report->console_count; i++)
                report_text(report, i, text, (size_t)size);
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
}

uint64_t report_step(struct report *report, size_t step, size_t step_count, const char *text, const char *object)
{
        report->step = step;
        report->step_count = step_count;
        report->step_text = text;
        report->step_started_ms = report->last_line_ms = now_ms();
        report_line(report, "reset: %3zu%% [%zu/%zu] %s%s%s", (step - 1) * 100 / step_count, step, step_count, text,
                    object[0] ? ": " : "", object);
        return report->step_started_ms;
}

static void advance(void *context, uint64_t done, uint64_t total)
{
        struct report *report = context;
        uint64_t now = now_ms(), rate, left_s;
        char speed[64] = "";
        bool known = pace_see(&report->pace, now, done, total, &rate, &left_s);
        if (total == 0 || done == 0 || now - report->last_line_ms < METER_EVERY_MS)
                return;
        if (known)
                (void)snprintf(speed, sizeof(speed), ", %llu MiB/s, %llu s left", (unsigned long long)(rate / MIB),
                               (unsigned long long)left_s);
        report->last_line_ms = now;
        report_line(report, "reset: [%zu/%zu] %s: %s%s%u%%, %llu of %llu MiB%s", report->step, report->step_count,
                    report->step_text, report->pass_text, report->pass_text[0] ? " " : "", (unsigned)(done * 100.0 / total),
                    (unsigned long long)(done / MIB), (unsigned long long)(total / MIB), speed);
}

struct meter report_meter(struct report *report, const char *pass)
{
        report->pass_text = pass;
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
