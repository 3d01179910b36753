/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which partition on the disk belongs to which definition of the image. Private to plan*.c; others ask plan_find_partition(). */
#ifndef CLEANSLATE_COMMON_PLAN_MATCH_H
#define CLEANSLATE_COMMON_PLAN_MATCH_H

#include "common/plan/plan.h"

/* Indices into policy.partitions and inventory.partitions; -1 = none. The counts never exceed the arrays. */
struct plan_matches {
        int partition_of[POLICY_PARTITIONS_MAX];
        int definition_of[INVENTORY_PARTITIONS_MAX];
        size_t definition_count, partition_count;
};

/* By type, as systemd-repart: in the order of the table's slots each partition goes to the first definition of its type that has
 * none yet (repart.d(5), "Type="). Neither labels nor places on the disk count. */
void plan_match(const struct policy *policy, const struct inventory *inventory, struct plan_matches *ret);

/* Type and label of the partition are the definition's. */
bool plan_is_named_as(const struct inventory_partition *partition, const struct partition_definition *definition);

#endif
