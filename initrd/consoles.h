/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every active console, so that screen and serial line both tell. Knows nothing of what is told. */
#ifndef CLEANSLATE_INITRD_CONSOLES_H
#define CLEANSLATE_INITRD_CONSOLES_H

#include <stdbool.h>
#include <stddef.h>

#define CONSOLES_MAX 8

struct consoles {
        int fds[CONSOLES_MAX];
        bool is_screen[CONSOLES_MAX]; /* a virtual terminal, which can be cleared; else a line of whatever kind */
        bool is_stuck[CONSOLES_MAX];  /* took nothing for a while: it is not waited for any more */
        size_t count;
        char preferred[64]; /* path of what /dev/console stands for: the last console= of the command line */
};

/* Opens the consoles listed in /sys/class/tty/console/active; `consoles` has none open. */
void consoles_open(struct consoles *consoles);
void consoles_close(struct consoles *consoles);

/* Returns once all of it is written, or where the console is gone, or takes nothing more: none may stop us. */
void consoles_write(struct consoles *consoles, size_t console, const char *text, size_t size);

#endif
