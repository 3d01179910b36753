/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries what a reset would need and judges it by the table of common/plan/checkup.h: what `preflight`, `doctor`, `request` and
 * the service ask. Has the TPM seal a key that is thrown away; writes nothing, neither to disks nor to the firmware's flash,
 * which wears; never prints. */
#ifndef CLEANSLATE_RESET_TOOL_CHECKS_H
#define CLEANSLATE_RESET_TOOL_CHECKS_H

#include "common/plan/checkup.h"
#include "reset-tool/plan-preview.h"

#define CHECKS_JSON_MAX (128u << 10) /* bytes; always enough */

/* `preflight_only`: does not ask other services for what no preflight is about. */
void checks_run(const struct environment *environment, const struct boot_context *context, const struct plan_preview *preview,
                bool preflight_only, struct checkup *ret);

/* {"type":"cleanslate-checkup-1","ok":BOOL,"checks":[{"name","severity","preflight","text","remedy"}]}. `preflight_only`: leaves
 * out what the reset's preflight would not look at. */
void checks_json(struct writer *writer, const struct checkup *checkup, bool preflight_only);

#endif
