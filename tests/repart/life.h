/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resets after a plan, on the disk that each of them leaves. */
#ifndef CLEANSLATE_TESTS_REPART_LIFE_H
#define CLEANSLATE_TESTS_REPART_LIFE_H

#include "common/plan/plan.h"

/* Whether two resets behind the plan find for each definition what the plan leaves it: what is marked goes each time and comes
 * back in its slot and place, what is not stays. NULL: they do; otherwise what does not hold, in static memory. */
const char *life_judge(const struct plan *plan, const struct policy *policy, const struct inventory *inventory);

#endif
