/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan makes of the boot disk, told by partitions and definitions instead of by steps, as JSON: what `cleanslate plan
 * --json` and what tests/repart compares with systemd-repart. Pure. */
#ifndef CLEANSLATE_COMMON_PLAN_OUTCOME_H
#define CLEANSLATE_COMMON_PLAN_OUTCOME_H

#include "common/plan/plan.h"

/* Two members of the object that is open:
 *
 *   "partitions": [{"slot", "fate", "erased", "why"}]: what is there; why: why it is erased, in words, or null
 *   "definitions": [{"definition", "state", "ofSlot", "slot", "startBytes", "sizeBytes", "type", "label", "uuid", "flags"}]
 *
 * state: "created", "rebuilt" (in the place of the partition in ofSlot, which is erased), "grows" (sizeBytes: what it grows to),
 * "stays", "merged" (it is part of the partition of the definition in mergedInto) or "absent"; with the last two slot and place
 * are missing. label: the name in the table. uuid: missing where it will be a random
 * one. flags: "0x" and 16 digits. */
void plan_outcome_json(struct writer *writer, const struct plan *plan, const struct policy *policy,
                       const struct inventory *inventory);

#endif
