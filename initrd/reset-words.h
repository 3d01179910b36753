/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset says at its beginning and at its end. */
#ifndef CLEANSLATE_INITRD_RESET_WORDS_H
#define CLEANSLATE_INITRD_RESET_WORDS_H

#include "initrd/reset-state.h"

/* That it is resumed, or begins anew although one is under way. */
void reset_say_beginning(struct reset *reset);

/* How long each phase took, what was left, and what the result is. */
void reset_say_end(struct reset *reset);

#endif
