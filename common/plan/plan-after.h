/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk as a plan leaves it, for whoever asks beforehand what the boot or the reset after it would say: the builder of an
 * image, and tests. Pure. */
#ifndef CLEANSLATE_COMMON_PLAN_AFTER_H
#define CLEANSLATE_COMMON_PLAN_AFTER_H

#include "common/plan/plan.h"

/* What a later boot takes stock of, if every step of the plan was done and nothing happened since. What is built has the UUID of
 * its definition, otherwise one that no other partition has, made up from its slot: on a device it is a random one. *ret is
 * another object than *inventory. */
void plan_after(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, struct inventory *ret);

#endif
