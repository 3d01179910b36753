/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/consoles.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define STUCK_AFTER_MS 1000

static void open_console(struct consoles *consoles, const char *name)
{
        char path[64];
        (void)snprintf(path, sizeof(path), "/dev/%s", name);
        int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 || consoles->count == CONSOLES_MAX) {
                close_fd(&fd);
                return;
        }
        consoles->is_screen[consoles->count] = strncmp(name, "tty", 3) == 0 && name[3] >= '0' && name[3] <= '9';
        consoles->fds[consoles->count++] = fd;
        (void)snprintf(consoles->preferred, sizeof(consoles->preferred), "%s", path);
}

void consoles_open(struct consoles *consoles)
{
        _cleanup_free_ char *active = NULL;
        char *rest = NULL;
        if (file_read(AT_FDCWD, "/sys/class/tty/console/active", 4096, &active, NULL) == 0)
                for (char *name = strtok_r(active, " \n", &rest); name; name = strtok_r(NULL, " \n", &rest))
                        open_console(consoles, name);
        if (consoles->count == 0)
                open_console(consoles, "console");
}

void consoles_close(struct consoles *consoles)
{
        while (consoles->count > 0)
                close_fd(&consoles->fds[--consoles->count]);
}

void consoles_write(struct consoles *consoles, size_t console, const char *text, size_t size)
{
        struct pollfd item = { .fd = consoles->fds[console], .events = POLLOUT };
        while (size > 0) {
                ssize_t n = write(item.fd, text, size);
                if (n > 0) {
                        consoles->is_stuck[console] = false;
                        text += n;
                        size -= (size_t)n;
                } else if (n < 0 && errno == EAGAIN && !consoles->is_stuck[console]) {
                        consoles->is_stuck[console] = poll(&item, 1, STUCK_AFTER_MS) <= 0;
                } else if (n == 0 || errno != EINTR) {
                        return;
                }
        }
}
