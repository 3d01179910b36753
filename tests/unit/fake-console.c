/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A keyboard and a screen made of memory; see fake-console.h. */
#include "fake-console.h"
#include "common/base/bytes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE       0xffff /* of seconds */
#define SHORT_PAUSE 0xfffe /* of milliseconds */
#define HOUR        3600u
#define USEC_SECOND 1000000u

/* One at a time, as the firmware. */
static struct fake_console *current;

static void must(bool fine, const char *what)
{
        if (fine)
                return;
        fprintf(stderr, "fake console: %s\n", what);
        abort();
}

/* keyboard */

static bool key_waits(void)
{
        const struct fake_keyboard_faults *faults = &current->faults;

        if ((faults->connects_late && !current->connected) || current->total_usec < UINT64_C(1000) * faults->ready_after_ms)
                return false;
        return current->key_at < current->key_count && current->keys[current->key_at].ScanCode < SHORT_PAUSE;
}

static bool again_waits(void)
{
        return current->again_at < current->again_count;
}

static EFI_STATUS next_key(EFI_INPUT_KEY *ret)
{
        current->looks++;
        if (!key_waits()) {
                must(!current->faults.freezes, "the firmware freezes: a key is read that is not there");
                return EFI_NOT_READY;
        }
        *ret = current->keys[current->key_at++];
        current->stalled_usec = 0;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *self, EFI_INPUT_KEY *ret)
{
        if (!again_waits())
                return next_key(ret);
        *ret = current->again[current->again_at++];
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_key_ex(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *self, EFI_KEY_DATA *ret)
{
        const struct fake_keyboard_faults *faults = &current->faults;

        if (faults->extended_dead || faults->extended_pretended)
                return EFI_NOT_READY;
        if (faults->extended_fails)
                return EFI_DEVICE_ERROR;
        if (faults->extended_blank) {
                *ret = (EFI_KEY_DATA){ 0 };
                return EFI_SUCCESS;
        }
        if (EFI_ERROR(next_key(&ret->Key)))
                return EFI_NOT_READY;
        if (faults->gives_twice)
                current->again[current->again_count++] = ret->Key;
        return EFI_SUCCESS;
}

EFI_STATUS fake_console_check(struct fake_console *console, EFI_EVENT event)
{
        bool extended = event == console->input_ex.WaitForKeyEx;

        must(extended || event == console->input.WaitForKey, "an event that nobody has given out");
        console->looks++;
        if (extended && console->faults.extended_pretended)
                return EFI_INVALID_PARAMETER;
        if (extended && console->faults.extended_dead)
                return EFI_NOT_READY;
        return key_waits() || (!extended && again_waits()) ? EFI_SUCCESS : EFI_NOT_READY;
}

static void shorten_pause(EFI_INPUT_KEY *key, uint64_t usec)
{
        key->UnicodeChar = (CHAR16)(key->UnicodeChar > usec / 1000 ? key->UnicodeChar - usec / 1000 : 0);
        if (key->UnicodeChar == 0)
                current->key_at++;
}

void fake_console_stall(struct fake_console *console, uint64_t usec)
{
        if (console->key_at < console->key_count && console->keys[console->key_at].ScanCode == SHORT_PAUSE)
                shorten_pause(&console->keys[console->key_at], usec);
        console->total_usec += usec;
        console->stalled_usec += usec;
        if (console->stalled_usec < USEC_SECOND)
                return;
        console->stalled_usec = 0;
        must(++console->seconds < HOUR, "somebody waits for ever");
        if (console->key_at < console->key_count && console->keys[console->key_at].ScanCode == PAUSE &&
            --console->keys[console->key_at].UnicodeChar == 0)
                console->key_at++;
}

void fake_press(struct fake_console *console, const EFI_INPUT_KEY *keys, size_t count)
{
        must(console->key_count + count <= FAKE_KEYS_MAX, "too many keys");
        memcpy(console->keys + console->key_count, keys, count * sizeof(*keys));
        console->key_count += count;
}

void fake_type(struct fake_console *console, const char *text)
{
        for (; *text != '\0'; text++)
                fake_press(console, &(EFI_INPUT_KEY){ 0, *text == '\n' ? '\r' : (CHAR16)*text }, 1);
}

void fake_wait(struct fake_console *console, unsigned seconds)
{
        fake_press(console, &(EFI_INPUT_KEY){ PAUSE, (CHAR16)seconds }, 1);
}

void fake_wait_ms(struct fake_console *console, unsigned milliseconds)
{
        fake_press(console, &(EFI_INPUT_KEY){ SHORT_PAUSE, (CHAR16)milliseconds }, 1);
}

/* screen */

static void line_feed(struct fake_console *console)
{
        SIMPLE_TEXT_OUTPUT_MODE *mode = &console->mode;

        if ((UINTN)++mode->CursorRow < console->rows)
                return;
        mode->CursorRow--;
        console->scrolls++;
        memmove(console->cells[0], console->cells[1], (console->rows - 1) * sizeof(console->cells[0]));
        memset(console->cells[console->rows - 1], 0, sizeof(console->cells[0]));
}

void fake_console_write(struct fake_console *console, const CHAR16 *text)
{
        SIMPLE_TEXT_OUTPUT_MODE *mode = &console->mode;

        for (; *text != 0; text++) {
                if (*text == '\r') {
                        mode->CursorColumn = 0;
                        continue;
                }
                if (*text == '\n') {
                        line_feed(console);
                        continue;
                }
                console->cells[mode->CursorRow][mode->CursorColumn] = (struct fake_cell){ *text, (UINT8)mode->Attribute };
                if ((UINTN)++mode->CursorColumn < console->columns)
                        continue;
                mode->CursorColumn = 0;
                line_feed(console);
        }
}

static EFI_STATUS EFIAPI query_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *self, UINTN number, UINTN *columns, UINTN *rows)
{
        must(number == (UINTN)current->mode.Mode, "another text mode than the present one");
        *columns = current->columns;
        *rows = current->rows;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_attribute(SIMPLE_TEXT_OUTPUT_INTERFACE *self, UINTN attribute)
{
        must(attribute < 0x80, "an attribute that does not exist");
        current->mode.Attribute = (INT32)attribute;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI clear_screen(SIMPLE_TEXT_OUTPUT_INTERFACE *self)
{
        strcpy(current->last_page, fake_screen(current));
        memset(current->cells, 0, sizeof(current->cells));
        current->mode.CursorColumn = current->mode.CursorRow = 0;
        current->clears++;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_cursor_position(SIMPLE_TEXT_OUTPUT_INTERFACE *self, UINTN column, UINTN row)
{
        must(column < current->columns && row < current->rows, "a position outside of the screen");
        current->mode.CursorColumn = (INT32)column;
        current->mode.CursorRow = (INT32)row;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI enable_cursor(SIMPLE_TEXT_OUTPUT_INTERFACE *self, BOOLEAN visible)
{
        current->mode.CursorVisible = visible;
        return EFI_SUCCESS;
}

const char *fake_screen(const struct fake_console *console)
{
        static char text[FAKE_ROWS * (FAKE_COLUMNS + 1)];
        char *at = text;

        for (UINTN row = 0; row < console->rows; row++) {
                char *end = at;

                for (UINTN column = 0; column < console->columns; column++) {
                        CHAR16 character = console->cells[row][column].character;

                        *at++ = character == 0 ? ' ' : character < 0x7f ? (char)character : '?';
                        if (at[-1] != ' ')
                                end = at;
                }
                at = end;
                *at++ = '\n';
        }
        *at = '\0';
        return text;
}

void fake_console_install(struct fake_console *console, EFI_SYSTEM_TABLE *system, SIMPLE_TEXT_OUTPUT_INTERFACE *output)
{
        current = console;
        console->columns = 80;
        console->rows = 25;
        console->mode = (SIMPLE_TEXT_OUTPUT_MODE){ .MaxMode = 1, .Attribute = EFI_LIGHTGRAY, .CursorVisible = TRUE };
        console->input = (SIMPLE_INPUT_INTERFACE){ .ReadKeyStroke = read_key, .WaitForKey = &console->input };
        console->input_ex =
                (EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL){ .ReadKeyStrokeEx = read_key_ex, .WaitForKeyEx = &console->input_ex };
        output->Mode = &console->mode;
        output->QueryMode = query_mode;
        output->SetAttribute = set_attribute;
        output->ClearScreen = clear_screen;
        output->SetCursorPosition = set_cursor_position;
        output->EnableCursor = enable_cursor;
        system->ConIn = &console->input;
}
