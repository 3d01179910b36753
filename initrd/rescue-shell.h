/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shell from a read-only root, on the console, in mounts of its own. PID 1 stays where it is and waits. The shell is root, but
 * without what would reach behind its walls: no kernel modules, no raw hardware, no kexec, no other process's memory, no
 * unsetting of the immutable flag that protects EFI variables. */
#ifndef CLEANSLATE_INITRD_RESCUE_SHELL_H
#define CLEANSLATE_INITRD_RESCUE_SHELL_H

#include "initrd/report.h"

/* On report->consoles.preferred. Returns 0 when the shell has ended (however it did) and all of its children are gone; negative
 * errno if it could not be started. */
int rescue_shell(struct report *report, const char *root_path);

#endif
