/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/report-screen.h"

#include "common/base/safe-text.h"
#include <string.h>
#include <sys/ioctl.h>

#define ROWS_DEFAULT 25
#define COLS_DEFAULT 80
#define ROWS_MAX     200
#define FRAME_MAX    (VIEW_SPANS_MAX * (VIEW_SPAN_MAX + 40) + ROWS_MAX * 16)
/* A palette of our own (console_codes(4), "ESC ] P"): background, text, dim, done, active; then UTF-8, no cursor, all anew. */
#define BEGIN           \
        "\x1b]P0141a21" \
        "\x1b]P7c9d1d9" \
        "\x1b]P24f9d74" \
        "\x1b]P44a90c4" \
        "\x1b]P6566270" \
        "\x1b%G\x1b[?25l\x1b[0m\x1b[2J\x1b[H"
#define END "\x1b]R\x1b[?25h\x1b[0m\x1b[2J\x1b[H"

static const char *const styles[VIEW_STYLE_COUNT] = {
        [VIEW_STYLE_PLAIN] = "\x1b[0m",     [VIEW_STYLE_TITLE] = "\x1b[0;1m", [VIEW_STYLE_DIM] = "\x1b[0;36m",
        [VIEW_STYLE_ACTIVE] = "\x1b[0;34m", [VIEW_STYLE_DONE] = "\x1b[0;32m",
};

static void to_screens(struct consoles *consoles, const char *text)
{
        for (size_t i = 0; i < consoles->count; i++)
                if (consoles->is_screen[i])
                        consoles_write(consoles, i, text, strlen(text));
}

void report_screen_begin(struct consoles *consoles)
{
        to_screens(consoles, BEGIN);
}

void report_screen_end(struct consoles *consoles)
{
        to_screens(consoles, END);
}

static void move_to(struct writer *frame, size_t row, size_t column)
{
        writer_text(frame, "\x1b[");
        writer_decimal(frame, row + 1);
        writer_char(frame, ';');
        writer_decimal(frame, column + 1);
        writer_char(frame, 'H');
}

/* Row by row, each wiped first; one write a screen, so that nothing flickers. */
static void compose(const struct report_picture *picture, size_t columns, size_t rows, struct writer *frame)
{
        struct view_span spans[VIEW_SPANS_MAX];
        size_t count = progress_view(picture->facts, picture->language, picture->last_line, columns, rows, spans);
        writer_text(frame, "\x1b[0m");
        for (size_t row = 0; row < rows; row++) {
                move_to(frame, row, 0);
                writer_text(frame, "\x1b[0m\x1b[K");
                for (size_t i = 0; i < count; i++) {
                        if (spans[i].row != row)
                                continue;
                        move_to(frame, row, spans[i].column);
                        writer_text(frame, styles[spans[i].style]);
                        writer_safe_text(frame, spans[i].text, strlen(spans[i].text));
                }
        }
}

void report_screen_draw(struct consoles *consoles, const struct report_picture *picture)
{
        char text[FRAME_MAX];
        for (size_t i = 0; i < consoles->count; i++) {
                struct winsize size = { .ws_row = ROWS_DEFAULT, .ws_col = COLS_DEFAULT };
                struct writer frame = writer_over(text, sizeof(text));
                if (!consoles->is_screen[i])
                        continue;
                if (ioctl(consoles->fds[i], TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
                        size = (struct winsize){ .ws_row = ROWS_DEFAULT, .ws_col = COLS_DEFAULT };
                compose(picture, size.ws_col, size.ws_row < ROWS_MAX ? size.ws_row : ROWS_MAX, &frame);
                consoles_write(consoles, i, text, frame.size);
        }
}
