/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keyboard and the screen of the firmware made of memory: keys come from a script that pauses where a person would, and what
 * is written can be read back as the rows that a person would see. */
#ifndef CLEANSLATE_TESTS_UNIT_FAKE_CONSOLE_H
#define CLEANSLATE_TESTS_UNIT_FAKE_CONSOLE_H

#include "efi/platform.h"

#define FAKE_KEYS_MAX 512
#define FAKE_COLUMNS  240
#define FAKE_ROWS     70

/* clang-format off */
#define FAKE_UP     { SCAN_UP, 0 }
#define FAKE_DOWN   { SCAN_DOWN, 0 }
#define FAKE_ESCAPE { SCAN_ESC, 0 }
#define FAKE_ENTER  { 0, '\r' }
#define FAKE_PAUSE  { 0xffff, 1 } /* nobody presses anything for so many seconds */
/* clang-format on */

struct fake_cell {
        CHAR16 character;
        UINT8 attribute;
};

/* What keyboards of real firmware do; zero is the one that does everything right. */
struct fake_keyboard_faults {
        bool simple_only;   /* no SimpleTextInputEx on the console's handle */
        bool freezes;       /* ReadKeyStroke(Ex) without a key that CheckEvent announced never returns (systemd issue 15847) */
        bool extended_dead; /* SimpleTextInputEx is there and never has a key (systemd, src/boot/efi/console.c of v248) */
        bool extended_pretended; /* its event is none, CheckEvent says so (systemd, src/boot/console.c) */
        bool extended_fails;     /* its event comes, and no key with it (systemd issue 22428) */
        bool extended_blank;     /* its keys have neither scan code nor character (the same report's other reading) */
        bool gives_twice;        /* each key comes by both protocols (systemd, src/boot/console.c) */
        bool connects_late;      /* "fast boot": no keyboard has a driver (systemd issue 10827; EDK2 PcdConInConnectOnDemand) */
        unsigned ready_after_ms; /* no key before (systemd issue 14092) */
};

struct fake_console {
        UINTN columns, rows; /* 80x25 unless a test says otherwise */
        struct fake_keyboard_faults faults;
        bool connected;    /* for connects_late: its driver was started */
        unsigned connects; /* how often any driver was */
        EFI_INPUT_KEY keys[FAKE_KEYS_MAX];
        size_t key_count, key_at;
        EFI_INPUT_KEY again[FAKE_KEYS_MAX]; /* of gives_twice: what the simple protocol gives once more */
        size_t again_count, again_at;
        uint64_t stalled_usec; /* since the last pause ended */
        uint64_t total_usec;   /* of all stalls */
        unsigned seconds;      /* of all pauses together */
        unsigned looks;        /* how often the keyboard was asked */
        unsigned clears, scrolls;
        struct fake_cell cells[FAKE_ROWS][FAKE_COLUMNS];
        SIMPLE_TEXT_OUTPUT_MODE mode;
        SIMPLE_INPUT_INTERFACE input;
        EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL input_ex;
        char last_page[FAKE_ROWS * (FAKE_COLUMNS + 1)]; /* what stood there when the screen was cleared */
};

/* Fills in the tables; output->OutputString is the caller's. */
void fake_console_install(struct fake_console *console, EFI_SYSTEM_TABLE *system, SIMPLE_TEXT_OUTPUT_INTERFACE *output);
void fake_console_write(struct fake_console *console, const CHAR16 *text);
EFI_STATUS fake_console_check(struct fake_console *console, EFI_EVENT event);
void fake_console_stall(struct fake_console *console, uint64_t usec);

void fake_press(struct fake_console *console, const EFI_INPUT_KEY *keys, size_t count);
void fake_type(struct fake_console *console, const char *text); /* '\n' is Enter */
void fake_wait(struct fake_console *console, unsigned seconds);
void fake_wait_ms(struct fake_console *console, unsigned milliseconds);

/* The screen, rows without trailing blanks, each with its '\n'. In a static buffer. */
const char *fake_screen(const struct fake_console *console);

#endif
