/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own word for why it stopped, found in a log that it left behind (pstore: lines as dmesg has them, with or without
 * "<level>" and "[time]" before the message). */
#ifndef CLEANSLATE_COMMON_PANIC_TEXT_H
#define CLEANSLATE_COMMON_PANIC_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define PANIC_TEXT_MAX 160 /* bytes including the NUL */

/* Copies what follows "Kernel panic - not syncing: " on its last such line, cut to fit, anything but printable ASCII as '?'.
 * False, and *ret untouched, if no line has it. The text need not end in a NUL. */
bool panic_text_find(const char *log, size_t size, char ret[static PANIC_TEXT_MAX]);

#endif
