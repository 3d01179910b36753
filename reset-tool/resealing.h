/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a planned reseal has come, as the running system can know it: what stub and initrd handed down, and what it has asked
 * for since. */
#ifndef CLEANSLATE_RESET_TOOL_RESEALING_H
#define CLEANSLATE_RESET_TOOL_RESEALING_H

#include "reset-tool/boot-context.h"

/* Whether there is anything to tell. */
bool resealing_is_known(const struct boot_context *context);

/* Sentences, in two lines at most, with `indent` in front of the second. */
void resealing_print(FILE *output, const struct boot_context *context, const char *indent);

/* {"state":...,"startsLeft":N,"requested":"prepare"|"cancel"|null} */
void resealing_json(struct writer *writer, const struct boot_context *context);

#endif
