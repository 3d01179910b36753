/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/recovery.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

static _Noreturn void leave(int how)
{
        sync();
        (void)reboot(how);
        for (;;)
                (void)pause();
}

_Noreturn void restart_machine(struct device *device)
{
        report_line(&device->report, "restarting");
        leave(RB_AUTOBOOT);
}

static void unbuffered(int fd)
{
        struct termios settings;
        if (tcgetattr(fd, &settings) < 0)
                return;
        settings.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        (void)tcsetattr(fd, TCSAFLUSH, &settings);
}

static char wait_for_key(const struct report *report)
{
        struct pollfd items[REPORT_CONSOLES_MAX];
        for (size_t i = 0; i < report->console_count; i++) {
                items[i] = (struct pollfd){ .fd = report->consoles[i], .events = POLLIN };
                unbuffered(report->consoles[i]);
        }
        for (;;) {
                if (poll(items, report->console_count, -1) < 0 && errno != EINTR)
                        (void)pause();
                for (size_t i = 0; i < report->console_count; i++) {
                        char key;
                        if (items[i].revents & (POLLERR | POLLHUP | POLLNVAL))
                                items[i].fd = -1; /* a console that went away */
                        else if ((items[i].revents & POLLIN) && read(items[i].fd, &key, 1) == 1)
                                return key;
                }
        }
}

static void cancel_request(struct device *device)
{
        int r = efivarfs_remove(&device->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME);
        if (r < 0)
                report_line(&device->report, "the request cannot be removed: %s", strerror(-r));
        else
                report_line(&device->report, "the request was cancelled");
}

/* The counters start again; what the reset has done and knows stays. */
static void try_again(struct device *device)
{
        device->progress.attempts = device->progress.failures = 0;
        int r = progress_store_commit(&device->progress_store, &device->progress);
        if (r < 0)
                report_line(&device->report, "the EFI variables do not take it: %s", strerror(-r));
        else
                restart_machine(device);
}

_Noreturn void recovery_page(struct device *device, bool anything_destroyed)
{
        struct report *report = &device->report;
        const bool begun = anything_destroyed || device->resuming;
        const bool can_cancel = !begun && device->request_state == REQUEST_DUE;

        report_line(report, "RECOVERY: %s", device->trouble[0] ? device->trouble : "The machine was started in recovery mode.");
        if (device->progress.last_error[0] && progress_is_under_way(&device->progress))
                report_line(report, "RECOVERY: the reset failed %u times, the last time with: %s", device->progress.failures,
                            device->progress.last_error);
        report_line(report,
                    begun ? "RECOVERY: the reset has begun: your old data can no longer be read, and a reset must complete."
                          : "RECOVERY: nothing was erased and nothing was changed on the disk.");
        for (;;) {
                report_line(report, "RECOVERY: press r to restart, p to power off%s",
                            begun        ? ", t to try the reset again"
                            : can_cancel ? ", c to cancel the reset"
                                         : "");
                switch (wait_for_key(report)) {
                case 'r':
                        restart_machine(device);
                case 'p':
                        leave(RB_POWER_OFF);
                case 't':
                        if (begun)
                                try_again(device);
                        break;
                case 'c':
                        if (can_cancel) {
                                cancel_request(device);
                                restart_machine(device);
                        }
                        break;
                default:
                        break;
                }
        }
}
