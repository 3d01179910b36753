/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot menu on the console; see menu-screen.h. */
#include "efi/menu-screen.h"
#include "common/base/utf16.h"

#define COLUMNS_DEFAULT 80
#define ROWS_DEFAULT    25

bool menu_screen_open(const struct platform *platform, struct menu_screen *ret)
{
        SIMPLE_TEXT_OUTPUT_INTERFACE *output = platform->system->ConOut;

        if (output == NULL || output->Mode == NULL)
                return false;
        memset(ret, 0, sizeof(*ret));
        ret->output = output;
        ret->attribute_before = output->Mode->Attribute;
        ret->cursor_before = output->Mode->CursorVisible;
        if (EFI_ERROR(output->QueryMode(output, (UINTN)output->Mode->Mode, &ret->columns, &ret->rows)) || ret->columns == 0) {
                ret->columns = COLUMNS_DEFAULT;
                ret->rows = ROWS_DEFAULT;
        }
        return true;
}

static UINTN left(const struct menu_screen *screen)
{
        return screen->columns > MENU_COLUMNS ? (screen->columns - MENU_COLUMNS) / 2 : 0;
}

/* A third of what is free goes above. */
static UINTN top(const struct menu_screen *screen)
{
        return screen->rows > MENU_ROWS ? (screen->rows - MENU_ROWS) / 3 : 0;
}

static UINTN attribute(enum menu_style style)
{
        switch (style) {
        case MENU_STYLE_TITLE:
                return EFI_TEXT_ATTR(EFI_WHITE, EFI_BLACK);
        case MENU_STYLE_SELECTED:
                return EFI_BLACK | EFI_BACKGROUND_LIGHTGRAY;
        case MENU_STYLE_ALERT:
                return EFI_TEXT_ATTR(EFI_YELLOW, EFI_BLACK);
        case MENU_STYLE_PLAIN:
                break;
        }
        return EFI_TEXT_ATTR(EFI_LIGHTGRAY, EFI_BLACK);
}

/* UTF-16 of a line, at most `room` units, so that a narrow console does not wrap it. Returns how many there are. */
static size_t widen(const char *text, CHAR16 ret[static MENU_COLUMNS * 2 + 1], size_t room)
{
        struct writer writer = writer_over(ret, (MENU_COLUMNS * 2 + 1) * sizeof(CHAR16));
        size_t units;

        utf16_from_utf8(text, text_length(text), &writer);
        units = writer.size / sizeof(CHAR16) - 1;
        if (units > room)
                units = room;
        ret[units] = 0;
        return units;
}

/* Blanks over what the line before it leaves behind, in the plain style. */
static void write_line(const struct menu_screen *screen, UINTN row, const struct menu_line *line, size_t units_before)
{
        SIMPLE_TEXT_OUTPUT_INTERFACE *output = screen->output;
        CHAR16 wide[MENU_COLUMNS * 2 + 1];
        size_t room = screen->columns - left(screen) - 1, units = widen(line->text, wide, room), blanks = 0;

        (void)output->SetCursorPosition(output, left(screen), row);
        (void)output->SetAttribute(output, attribute(line->style));
        (void)output->OutputString(output, wide);
        while (units + blanks < units_before && blanks < ARRAY_SIZE(wide) - 1)
                wide[blanks++] = ' ';
        wide[blanks] = 0;
        (void)output->SetAttribute(output, attribute(MENU_STYLE_PLAIN));
        if (blanks > 0)
                (void)output->OutputString(output, wide);
}

static bool line_equal(const struct menu_line *a, const struct menu_line *b)
{
        return a->style == b->style && text_equal(a->text, b->text);
}

void menu_screen_draw(struct menu_screen *screen, const struct menu_text *text)
{
        SIMPLE_TEXT_OUTPUT_INTERFACE *output = screen->output;
        static const struct menu_line empty = { .style = MENU_STYLE_PLAIN };
        CHAR16 wide[MENU_COLUMNS * 2 + 1];
        bool first = screen->shown.count == 0;

        if (first) {
                (void)output->EnableCursor(output, FALSE);
                (void)output->SetAttribute(output, attribute(MENU_STYLE_PLAIN));
                (void)output->ClearScreen(output);
        }
        for (size_t i = 0; i < text->count || i < screen->shown.count; i++) {
                const struct menu_line *before = i < screen->shown.count ? &screen->shown.lines[i] : &empty;
                const struct menu_line *now = i < text->count ? &text->lines[i] : &empty;
                UINTN row = top(screen) + i;

                if (row + 1 < screen->rows && !line_equal(before, now))
                        write_line(screen, row, now, widen(before->text, wide, screen->columns - left(screen) - 1));
        }
        screen->shown = *text;
}

void menu_screen_close(struct menu_screen *screen)
{
        SIMPLE_TEXT_OUTPUT_INTERFACE *output = screen->output;

        if (screen->shown.count == 0)
                return;
        (void)output->SetAttribute(output, (UINTN)screen->attribute_before);
        (void)output->ClearScreen(output);
        (void)output->EnableCursor(output, screen->cursor_before);
        screen->shown.count = 0;
}
