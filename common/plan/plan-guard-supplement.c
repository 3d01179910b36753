/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules for definitions that get no partition of their own, but are part of another one's. */
#include "common/plan/plan-guard-range.h"

/* By the name in SupplementFor=, to which a file's name adds ".conf". -1: none. */
static int host_of(const struct policy *policy, size_t definition)
{
        const char *name = policy->partitions[definition].supplement_for;
        const size_t length = text_length(name);

        for (size_t d = 0; length > 0 && d < policy->partition_count; d++)
                if (d != definition && text_length(policy->partitions[d].file) == length + 5 &&
                    text_starts_with(policy->partitions[d].file, name) &&
                    text_equal(policy->partitions[d].file + length, ".conf"))
                        return (int)d;
        return -1;
}

/* Of the definition's partition, as it will be; 0: there will be none. */
static uint64_t size_to_be(const struct plan *plan, int definition, const struct policy *policy,
                           const struct inventory *inventory)
{
        uint64_t size = 0;

        for (size_t p = 0; p < inventory->partition_count; p++)
                if (!is_erased(plan, p) && plan_guard_definition_of(policy, inventory, p) == definition)
                        size = inventory->partitions[p].size_bytes;
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].definition == definition &&
                    (plan->steps[i].kind == STEP_CREATE_ENTRY || plan->steps[i].kind == STEP_GROW_ENTRY))
                        size = plan->steps[i].size_bytes;
        return size;
}

uint64_t plan_guard_smallest(const struct plan *plan, const struct policy *policy, size_t definition)
{
        const struct partition_definition *own = &policy->partitions[definition];

        for (size_t d = 0; !own->has_size_min && d < policy->partition_count; d++)
                if ((plan->merged >> d & 1) && policy->partitions[d].has_size_min && host_of(policy, d) == (int)definition)
                        return policy->partitions[d].size_min_bytes;
        return own->size_min_bytes;
}

const char *plan_guard_supplements(const struct plan *plan, const struct policy *policy, const struct inventory *inventory)
{
        for (size_t d = 0; d < POLICY_PARTITIONS_MAX; d++) {
                int host;

                if (!(plan->merged >> d & 1))
                        continue;
                GUARD(d < policy->partition_count && host_of(policy, d) >= 0, "something is merged that supplements nothing");
                host = host_of(policy, d);
                GUARD(!(plan->merged >> host & 1), "something is merged into what is merged itself");
                for (size_t p = 0; p < inventory->partition_count; p++)
                        GUARD(plan_guard_definition_of(policy, inventory, p) != (int)d,
                              "something is merged that has a partition");
                for (size_t i = 0; i < plan->step_count; i++)
                        GUARD(plan->steps[i].definition != (int)d, "something is merged, and built as well");
                GUARD(size_to_be(plan, host, policy, inventory) > 0, "something is merged into what is not there");
                GUARD(size_to_be(plan, host, policy, inventory) >= policy->partitions[d].size_min_bytes,
                      "something is merged into what is too small for it");
        }
        return NULL;
}
