/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A second opinion on a plan before its first step: nothing that is not marked is touched, keys go first, nothing that is marked
 * is left out. Written without plan_build()'s helpers, so that one mistake there is not made again here. */
#ifndef CLEANSLATE_COMMON_PLAN_GUARD_H
#define CLEANSLATE_COMMON_PLAN_GUARD_H

#include "common/plan/plan.h"

/* `request`, `policy` and `inventory`: what the plan was built from. NULL: nothing is wrong with it. Otherwise the rule that it
 * breaks, in words; it must not be carried out then. Such a plan is a defect of this program, or of the memory it is kept in. */
const char *plan_guard(const struct plan *plan, const struct request *request, const struct policy *policy,
                       const struct inventory *inventory);

/* The same for one of plan_build_addition(): it destroys nothing, makes nothing twice, and writes the table last. */
const char *plan_guard_addition(const struct plan *plan, const struct policy *policy, const struct inventory *inventory);

/* The part of it that is about additional disks. */
const char *plan_guard_disks(const struct plan *plan, const struct policy *policy, const struct inventory *inventory);

#define PLAN_GUARD_KEY_AREA_BYTES (UINT64_C(136) << 20) /* all that the header of a LUKS2 volume can take */

/* Returns `text` from the calling check where `condition` does not hold. */
#define GUARD(condition, text)         \
        do {                           \
                if (!(condition))      \
                        return (text); \
        } while (0)

#endif
