/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which partitions of the disk a plan leaves as they are, and why. */
#ifndef CLEANSLATE_RESET_TOOL_PLAN_KEPT_H
#define CLEANSLATE_RESET_TOOL_PLAN_KEPT_H

#include "reset-tool/plan-preview.h"

/* Why the partition at this index of the inventory stays; NULL: it is erased. Of a refused plan everything stays. */
const char *plan_kept_why(const struct plan_preview *preview, size_t partition);

#endif
