/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys from people, on whichever console they sit. Owns the terminals' settings; decides nothing. */
#ifndef CLEANSLATE_INITRD_TERMINAL_H
#define CLEANSLATE_INITRD_TERMINAL_H

#include "common/base/typed-word.h"
#include "initrd/boot-context.h"

#define TERMINAL_NO_KEY 0 /* an arrow or function key, which no page of ours knows */

/* Drivers of keyboards, which no ordinary boot needs in the initrd. */
void terminal_load_keyboards(struct boot_context *context);

/* Key by key and without echo, on every console; what was typed before is dropped. Call it before asking, so that a quick answer
 * is not. */
void terminal_prepare(const struct report *report);

/* Waits for a key on any prepared console. The sequence of an arrow or function key is one TERMINAL_NO_KEY. */
char terminal_key(struct report *report);

/* Has the word typed on any console, shown on all of them. Waits without limit. */
enum typed_answer terminal_ask_word(struct report *report, const char *word);

/* A line of ASCII, typed on any console and shown on all of them, without its end. Waits without limit. Its length; -ECANCELED:
 * Esc or Ctrl-C. What does not fit is not taken. */
int terminal_ask_line(struct report *report, char *ret, size_t capacity);

/* Lines, echo, Ctrl-C: as a shell expects to find its terminal. */
void terminal_restore(int fd);

#endif
