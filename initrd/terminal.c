/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/terminal.h"

#include "linux/base/modules.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define KEY_ESCAPE       '\x1b'
#define KEY_INTERRUPT    3
#define KEY_BACKSPACE    '\b'
#define KEY_DELETE       '\x7f'
#define TYPED_SHOWN_MAX  128
#define SEQUENCE_WAIT_MS 50 /* a terminal sends the rest of a sequence at once; a person does not type that fast */

void terminal_load_keyboards(struct boot_context *context)
{
        static const char *const drivers[] = { "xhci_pci", "ehci_pci",    "ohci_pci", "uhci_hcd",
                                               "usbhid",   "hid_generic", "i8042",    "atkbd" };
        if (!context->modules)
                return;
        for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
                (void)modules_load(context->modules, drivers[i]); /* absent or built in: nothing to do */
}

static void unbuffered(int fd)
{
        struct termios settings;
        if (tcgetattr(fd, &settings) < 0)
                return;
        settings.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
        settings.c_iflag &= ~(tcflag_t)ICRNL;
        settings.c_cc[VMIN] = 1;
        settings.c_cc[VTIME] = 0;
        (void)tcsetattr(fd, TCSAFLUSH, &settings);
}

void terminal_prepare(const struct report *report)
{
        for (size_t i = 0; i < report->consoles.count; i++)
                unbuffered(report->consoles.fds[i]);
}

void terminal_restore(int fd)
{
        struct termios settings;
        if (tcgetattr(fd, &settings) < 0)
                return;
        settings.c_lflag |= ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN;
        settings.c_iflag |= ICRNL | IXON;
        settings.c_oflag |= OPOST | ONLCR;
        settings.c_cflag |= CREAD | CLOCAL;
        settings.c_cc[VINTR] = 3;
        settings.c_cc[VEOF] = 4;
        (void)tcsetattr(fd, TCSAFLUSH, &settings);
}

/* What follows an Esc that was not typed by hand. */
static char finish_sequence(int fd)
{
        struct pollfd item = { .fd = fd, .events = POLLIN };
        char rest[16];
        if (poll(&item, 1, SEQUENCE_WAIT_MS) <= 0)
                return KEY_ESCAPE;
        while (poll(&item, 1, 0) > 0 && read(fd, rest, sizeof(rest)) > 0)
                ;
        return TERMINAL_NO_KEY;
}

char terminal_key(struct report *report)
{
        struct pollfd items[CONSOLES_MAX];
        for (size_t i = 0; i < report->consoles.count; i++)
                items[i] = (struct pollfd){ .fd = report->consoles.fds[i], .events = POLLIN };
        for (;;) {
                if (poll(items, report->consoles.count, -1) < 0 && errno != EINTR)
                        (void)pause();
                for (size_t i = 0; i < report->consoles.count; i++) {
                        char key;
                        if (items[i].revents & (POLLERR | POLLHUP | POLLNVAL))
                                items[i].fd = -1; /* a console that went away */
                        else if ((items[i].revents & POLLIN) && read(items[i].fd, &key, 1) == 1)
                                return key == KEY_ESCAPE ? finish_sequence(items[i].fd) : key;
                }
        }
}

static void show_typed(struct report *report, const char *typed)
{
        char line[TYPED_SHOWN_MAX + 16];
        int size = snprintf(line, sizeof(line), "\r> %.*s\x1b[K", TYPED_SHOWN_MAX, typed);
        for (size_t i = 0; i < report->consoles.count; i++)
                report_text(report, i, line, (size_t)size);
}

enum typed_answer terminal_ask_word(struct report *report, const char *word)
{
        struct typed_word typed = typed_word_over(word);
        enum typed_answer answer = TYPED_PENDING;
        show_typed(report, typed.typed);
        while (answer == TYPED_PENDING) {
                char key = terminal_key(report);
                if (key != TERMINAL_NO_KEY)
                        answer = typed_word_key(&typed, key);
                if (answer == TYPED_PENDING)
                        show_typed(report, typed.typed);
        }
        for (size_t i = 0; i < report->consoles.count; i++)
                report_text(report, i, "\r\n", 2);
        return answer;
}

int terminal_ask_line(struct report *report, char *ret, size_t capacity)
{
        size_t length = 0;
        ret[0] = 0;
        for (char key = TERMINAL_NO_KEY; key != '\r' && key != '\n';) {
                show_typed(report, ret);
                key = terminal_key(report);
                if (key == KEY_ESCAPE || key == KEY_INTERRUPT)
                        return -ECANCELED;
                if ((key == KEY_BACKSPACE || key == KEY_DELETE) && length > 0)
                        ret[--length] = 0;
                else if (key >= ' ' && key < KEY_DELETE && length + 1 < capacity) {
                        ret[length++] = key;
                        ret[length] = 0;
                }
        }
        for (size_t i = 0; i < report->consoles.count; i++)
                report_text(report, i, "\r\n", 2);
        return (int)length;
}
