/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans are asked only what they do; what a definition has is looked for by its own reading of repart.d(5). */
#include "tests/repart/life.h"

#include "common/plan/plan-after.h"
#include "common/plan/plan-guard.h"
#include <stdio.h>
#include <string.h>

#define RESETS 2

static char text[256];

static const char *complain(int reset, const struct policy *policy, size_t definition, const char *what)
{
        (void)snprintf(text, sizeof(text), "reset %d behind it: %s: %s", reset, policy->partitions[definition].file, what);
        return text;
}

static const struct inventory_partition *partition_of(const struct policy *policy, const struct inventory *inventory, size_t d)
{
        int p = plan_find_partition(policy, inventory, d);
        return p < 0 ? NULL : &inventory->partitions[p];
}

/* What is rebuilt may move, where what is wanted now has no room in its old place. */
static bool is_same(const struct inventory_partition *a, const struct inventory_partition *b, bool rebuilt)
{
        if (a->number != b->number || !guid_equal(&a->type, &b->type))
                return false;
        return rebuilt || (a->start_bytes == b->start_bytes && a->size_bytes <= b->size_bytes && strcmp(a->name, b->name) == 0 &&
                           guid_equal(&a->uuid, &b->uuid));
}

static bool erases(const struct plan *plan, const struct inventory *inventory, const struct inventory_partition *partition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_ERASE && plan->steps[i].partition == (int)(partition - inventory->partitions))
                        return true;
        return false;
}

/* What a device knows when it starts: what it has, and where. */
static void start(const struct policy *policy, struct inventory *inventory)
{
        inventory->has_known = true;
        memset(inventory->held, 0, sizeof(inventory->held));
        for (size_t d = 0; d < policy->partition_count; d++) {
                const struct inventory_partition *own = partition_of(policy, inventory, d);
                if (!own)
                        continue;
                inventory->known |= UINT32_C(1) << d;
                inventory->held[d].start_bytes = own->start_bytes;
                inventory->held[d].size_bytes = own->size_bytes;
        }
}

static const char *judge_one(int reset, const struct plan *plan, const struct policy *policy, const struct inventory *before,
                             const struct inventory *after, size_t d)
{
        const struct inventory_partition *was = partition_of(policy, before, d), *is = partition_of(policy, after, d);
        bool marked = was && was->role == ROLE_OTHER &&
                      (policy->partitions[d].factory_reset || (was->attributes & GPT_ATTRIBUTE_ERASE));
        if (was && !is)
                return complain(reset, policy, d, "its partition is gone");
        if (was && !is_same(was, is, marked))
                return complain(reset, policy, d, "it has another partition");
        if (was && erases(plan, before, was) != marked)
                return complain(reset, policy, d, marked ? "it is marked and stays" : "it is not marked and goes");
        return NULL;
}

/* Nothing is marked, or what is spared alone; or something stays that is too small, and that an ordinary boot does not enlarge.
 */
static bool is_refused_anyway(const struct plan *plan, const struct plan *next)
{
        const bool is_boot = plan->begun_as_first_boot || plan->is_addition;
        return next->refusal_count > 0 &&
               (next->refusals[0] == REFUSE_NO_DEFINITIONS || (is_boot && next->refusals[0] == REFUSE_NO_SPACE));
}

const char *life_judge(const struct plan *plan, const struct policy *policy, const struct inventory *inventory)
{
        static const struct request request;
        static struct inventory before, after;
        static struct plan next;
        if (plan->step_count == 0)
                return NULL;
        plan_after(plan, policy, inventory, &after);
        for (int reset = 1; reset <= RESETS; reset++) {
                before = after;
                start(policy, &before);
                plan_build(&request, policy, &before, &next);
                if (is_refused_anyway(plan, &next))
                        return NULL;
                if (next.refusal_count > 0) {
                        (void)snprintf(text, sizeof(text), "reset %d behind it is refused: %s", reset,
                                       refusal_name(next.refusals[0]));
                        return text;
                }
                const char *broken = plan_guard(&next, &request, policy, &before);
                if (broken)
                        return broken;
                plan_after(&next, policy, &before, &after);
                for (size_t d = 0; d < policy->partition_count; d++) {
                        const char *wrong = judge_one(reset, &next, policy, &before, &after, d);
                        if (wrong)
                                return wrong;
                }
        }
        return NULL;
}
