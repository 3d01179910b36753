/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's state as one JSON object: what `cleanslate status --json` prints and the service answers. */
#ifndef CLEANSLATE_RESET_TOOL_STATUS_JSON_H
#define CLEANSLATE_RESET_TOOL_STATUS_JSON_H

#include "common/base/bytes.h"
#include "reset-tool/boot-context.h"

void status_json(struct writer *writer, const struct environment *environment, const struct boot_context *context);

#endif
