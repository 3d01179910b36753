/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries what a reset would need and judges it by the table of common/plan/checkup.h: what `preflight`, `doctor`, `request` and
 * the service ask. Has the TPM seal a key that is thrown away; writes nothing, neither to disks nor to the firmware's flash,
 * which wears; never prints. */
#ifndef CLEANSLATE_RESET_TOOL_CHECKS_H
#define CLEANSLATE_RESET_TOOL_CHECKS_H

#include "common/plan/checkup.h"
#include "reset-tool/plan-preview.h"

#define CHECKS_JSON_MAX (128u << 10) /* bytes; always enough */

/* `scope`: SCOPE_PREFLIGHT does not ask other services for what no preflight is about. False: not enough memory. */
bool checks_run(const struct environment *environment, const struct boot_context *context, struct plan_preview *preview,
                enum check_scope scope, struct checkup *ret);

/* {"type":"cleanslate-checkup-1","ok":BOOL,"checks":[{"name","severity","preflight","text","remedy"}]}, of what `scope` looks at.
 */
void checks_json(struct writer *writer, const struct checkup *checkup, enum check_scope scope);

#endif
