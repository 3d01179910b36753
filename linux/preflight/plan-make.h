/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of a reset: the same function over the same facts in the initrd, which carries it out, and for `cleanslate plan`. */
#ifndef CLEANSLATE_LINUX_PLAN_MAKE_H
#define CLEANSLATE_LINUX_PLAN_MAKE_H

#include "common/state/progress.h"
#include "linux/esp/clean-list.h"
#include "linux/preflight/reset-source.h"

/* Takes stock of the disk at `disk_path`: partitions, ESP, and what an interrupted reset has noted of them. `esp`: the partition
 * we were started from; NULL = not known. 0, or negative errno with trouble set and the inventory as it was. What was marked as
 * the image's stays so. */
int gather_disk(const char *disk_path, const struct guid *esp, const struct progress *progress, struct inventory *inventory,
                const struct trouble *trouble);

/* Gathers the last facts, each only where a draft of the plan says that it matters (they cost seconds, or tries of a TPM that
 * counts them), and makes the plan. 0 also where it is refused. Negative errno with source->survey->trouble set: the ESP or the
 * variables could not be looked at; *ret_plan is then the plan without what would go there. `ret_names` (NULL: not wanted; to be
 * all zero): of what goes beyond partitions. */
int plan_make(const struct reset_source *source, struct plan *ret_plan, struct clean_result *ret_names);

#endif
