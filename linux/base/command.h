/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another program of the running system, run to its end: systemctl, systemd-analyze, wall. */
#ifndef CLEANSLATE_LINUX_COMMAND_H
#define CLEANSLATE_LINUX_COMMAND_H

#include <stddef.h>

/* Runs argv[0], looked for in $PATH, in the C locale and with nothing to read. Its output goes to `ret_output` as a text, what
 * does not fit is dropped; NULL: to nobody. Its complaints stay on standard error. The exit status, 128 + the signal's number, or
 * negative errno: -ENOENT, there is no such program. */
int command_run(const char *const argv[], char *ret_output, size_t capacity);

#endif
