/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/plan-kept.h"

#include "common/plan-match.h"

static bool is_erased(const struct plan *plan, size_t partition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_ERASE && plan->steps[i].partition == (int)partition)
                        return true;
        return false;
}

static bool has_definition(const struct outlook *outlook, size_t partition)
{
        for (size_t i = 0; i < outlook->policy.partition_count; i++)
                if (plan_find_partition(&outlook->policy, &outlook->inventory, i) == (int)partition)
                        return true;
        return false;
}

const char *plan_kept_why(const struct outlook *outlook, size_t partition)
{
        if (is_erased(&outlook->plan, partition))
                return NULL;
        if (outlook->plan.step_count == 0)
                return "the plan is refused, so nothing is touched";
        switch (outlook->inventory.partitions[partition].role) {
        case ROLE_ESP:
                return "EFI system partition: cleaned, not erased";
        case ROLE_IMAGE:
                return "part of the image, which the system is rebuilt from";
        default:
                return has_definition(outlook, partition) ? "the image defines it and does not mark it for a reset"
                                                          : "nothing marks it for a reset";
        }
}
