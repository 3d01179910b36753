/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset would do, as one JSON object: what `cleanslate plan --json` prints and the service answers. */
#ifndef CLEANSLATE_RESET_TOOL_PLAN_JSON_H
#define CLEANSLATE_RESET_TOOL_PLAN_JSON_H

#include "common/base/bytes.h"
#include "reset-tool/plan-preview.h"

#define PLAN_JSON_MAX (4u << 20) /* bytes; always enough */

/* Of a preview that is `planned`. Look at writer->overflow. */
void plan_json(struct writer *writer, const struct plan_preview *preview);

#endif
