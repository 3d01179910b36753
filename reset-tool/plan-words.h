/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset would do, in lines for a person: what `cleanslate plan` prints, and `cleanslate request` before it asks. */
#ifndef CLEANSLATE_RESET_TOOL_PLAN_WORDS_H
#define CLEANSLATE_RESET_TOOL_PLAN_WORDS_H

#include "common/base/bytes.h"
#include "reset-tool/plan-preview.h"

#define PLAN_WORDS_MAX (1u << 20) /* bytes; always enough */

/* Of a preview that is `planned`. Names from the disk cannot steer the terminal. */
void plan_words(struct writer *writer, const struct plan_preview *preview);

#endif
