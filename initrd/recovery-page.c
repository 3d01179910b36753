/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/recovery-page.h"

#include "common/base/safe-text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define CLEAR_SCREEN "\x1b[0m\x1b[2J\x1b[H"
#define REVERSE      "\x1b[7m"
#define PLAIN        "\x1b[0m"
#define ROWS_DEFAULT 25
#define COLS_DEFAULT 80

void page_begin(struct page *page, const char *title)
{
        memset(page, 0, sizeof(*page));
        page->title = title;
}

void page_line(struct page_part *part, const char *format, ...)
{
        char line[PAGE_LINE_MAX];
        va_list arguments;
        if (part->count == PAGE_LINES_MAX)
                return;
        va_start(arguments, format);
        (void)vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        (void)safe_text(line, part->lines[part->count++], PAGE_LINE_MAX); /* names and reasons are somebody else's text */
}

void page_message(struct page_part *part, enum language language, const char *prefix, const char *english, const char *first,
                  const char *second)
{
        char text[2 * PAGE_LINE_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        message_fill(&writer, message(language, english), first, second);
        page_line(part, "%s%s", prefix, text);
}

static void put(struct report *report, size_t console, const char *text)
{
        report_text(report, console, text, strlen(text));
}

static void put_line(struct report *report, size_t console, const char *text)
{
        put(report, console, text);
        put(report, console, "\r\n");
}

static size_t rows_of(const struct page_part *part, size_t columns)
{
        size_t rows = 0;
        for (size_t i = 0; i < part->count; i++)
                rows += strlen(part->lines[i]) / columns + 1;
        return rows;
}

/* How many lines of the log a screen has room for; the title and the cursor's line are not the log's. */
static size_t log_room(const struct page *page, int fd)
{
        struct winsize size = { 0 };
        size_t rows = ROWS_DEFAULT, columns = COLS_DEFAULT;
        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
                rows = size.ws_row;
                columns = size.ws_col;
        }
        size_t taken = 5 + rows_of(&page->head, columns) + rows_of(&page->foot, columns);
        return rows > taken ? rows - taken : 0;
}

static void show_log(const struct page *page, struct report *report, size_t console, size_t room)
{
        const struct kernel_log *log = &page->log;
        char shown[sizeof(log->lines[0])];
        if (log->count == 0 || room == 0)
                return;
        put_line(report, console, "");
        put_line(report, console, "  log");
        for (size_t i = log->count > room ? log->count - room : 0; i < log->count; i++) {
                put(report, console, "  | ");
                put_line(report, console, safe_text(log->lines[i], shown, sizeof(shown)));
        }
}

static void show_part(const struct page_part *part, struct report *report, size_t console)
{
        static const size_t prefix = sizeof(PAGE_SAYS) - 1;
        for (size_t i = 0; i < part->count; i++) {
                const char *line = part->lines[i];
                if (report->consoles.is_screen[console] && strncmp(line, PAGE_SAYS, prefix) == 0) {
                        put(report, console, "  ");
                        line += prefix;
                }
                put_line(report, console, line);
        }
}

static void show_title(const char *title, struct report *report, size_t console)
{
        const bool screen = report->consoles.is_screen[console];
        put(report, console, screen ? CLEAR_SCREEN REVERSE "  " : "\r\n  ");
        put(report, console, title);
        put_line(report, console, screen ? "  " PLAIN "\r\n" : "\r\n");
}

void page_show(const struct page *page, struct report *report)
{
        for (size_t i = 0; i < report->consoles.count; i++) {
                show_title(page->title, report, i);
                show_part(&page->head, report, i);
                show_log(page, report, i,
                         report->consoles.is_screen[i] ? log_room(page, report->consoles.fds[i]) : KERNEL_LOG_LINES);
                show_part(&page->foot, report, i);
        }
}
