/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of each partition of the boot disk: exactly one fate. The image's definitions and the plan's own rule about what
 * nobody declares mark, the disk's attribute can only add; neither can mark the ESP or the image. */
#include "common/plan/plan-draft.h"

bool plan_is_marked(const struct plan_draft *draft, size_t partition)
{
        return draft->marked[partition] != WHY_ALWAYS;
}

/* Carries type and label of a definition with FactoryReset=yes, and no definition claims it: the one that it looks like took
 * another partition, which may have been made to hide this one. */
static bool is_lookalike(const struct plan_draft *draft, size_t p)
{
        const struct inventory_partition *partition = &draft->inventory->partitions[p];
        const struct partition_definition *definitions = draft->policy->partitions;

        if (draft->matches.definition_of[p] >= 0)
                return false;
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (definitions[d].factory_reset && plan_is_named_as(partition, &definitions[d]))
                        return true;
        return false;
}

/* Made by the reset that goes on now: the definition had no partition when it began. Nothing that was there before can match it
 * now, since no partition of its type goes but those that no definition claims. */
static bool is_half_made(const struct plan_draft *draft, size_t p)
{
        int definition = draft->matches.definition_of[p];

        return definition >= 0 && (draft->inventory->half_made >> definition & 1);
}

/* What it has grown by since is space that was erased before. */
static struct layout_area extent_of(const struct plan_draft *draft, size_t p)
{
        struct layout_area area = plan_area_of(&draft->inventory->partitions[p]);
        int d = draft->matches.definition_of[p];

        if (d >= 0 && draft->inventory->held[d].start_bytes == area.start_bytes && draft->inventory->held[d].size_bytes > 0 &&
            draft->inventory->held[d].size_bytes < area.size_bytes)
                area.size_bytes = draft->inventory->held[d].size_bytes;
        return area;
}

/* A definition that keeps its partition claims it, and it lies where one lay that is marked: somebody has altered the table,
 * which can add to what is erased, and takes nothing away. What no definition claims is judged by [Reset] undeclared-partitions=.
 */
static bool is_held(const struct plan_draft *draft, size_t p)
{
        struct layout_area extent = extent_of(draft, p);

        if (draft->matches.definition_of[p] < 0)
                return false;
        for (size_t d = 0; d < draft->matches.definition_count; d++) {
                struct layout_area held = { draft->inventory->held[d].start_bytes, draft->inventory->held[d].size_bytes };

                if (draft->policy->partitions[d].factory_reset && layout_areas_overlap(&extent, &held))
                        return true;
        }
        return false;
}

static enum step_why why_marked(const struct plan_draft *draft, size_t p)
{
        const struct inventory_partition *partition = &draft->inventory->partitions[p];
        int definition = draft->matches.definition_of[p];

        if (draft->plan->is_addition || partition->role != ROLE_OTHER)
                return WHY_ALWAYS;
        if (draft->plan->begun_as_first_boot && !draft->inventory->half_made_unknown)
                return is_half_made(draft, p) ? WHY_HALF_MADE : WHY_ALWAYS;
        if (definition >= 0 && draft->policy->partitions[definition].factory_reset)
                return WHY_FACTORY_RESET;
        if (draft->policy->settings.lookalikes == LOOKALIKES_ERASE && is_lookalike(draft, p))
                return WHY_LOOKALIKE;
        if (partition->attributes & GPT_ATTRIBUTE_ERASE)
                return WHY_GPT_ATTRIBUTE;
        if (is_held(draft, p))
                return WHY_HELD;
        if (is_half_made(draft, p))
                return WHY_HALF_MADE;
        return definition < 0 && draft->policy->settings.undeclared == UNDECLARED_ERASE ? WHY_UNDECLARED : WHY_ALWAYS;
}

static enum partition_fate fate_of(const struct plan_draft *draft, size_t p)
{
        enum partition_role role = draft->inventory->partitions[p].role;

        if (role != ROLE_OTHER)
                return role == ROLE_ESP ? FATE_ESP : FATE_IMAGE;
        if (plan_is_marked(draft, p))
                return FATE_ERASED;
        return draft->matches.definition_of[p] >= 0 ? FATE_KEPT : FATE_UNDECLARED;
}

static bool is_reset(const struct plan *plan)
{
        return !plan->begun_as_first_boot && !plan->is_addition;
}

static bool marks_by_definition(const struct plan_draft *draft)
{
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->policy->partitions[d].factory_reset)
                        return true;
        return false;
}

/* Of what has no partition. An addition makes what is new; not what would be part of one that was lost. */
static bool is_to_be_made(const struct plan_draft *draft, size_t d)
{
        uint32_t known = draft->inventory->known;
        int target = policy_supplement_target(draft->policy, d);

        if (!draft->plan->is_addition)
                return true;
        if (target >= 0 && draft->matches.partition_of[target] < 0 && (known >> target & 1))
                return false;
        return !(known >> d & 1);
}

void plan_mark(struct plan_draft *draft)
{
        for (size_t p = 0; p < draft->matches.partition_count; p++) {
                draft->marked[p] = why_marked(draft, p);
                draft->plan->fates[p] = fate_of(draft, p);
                if (draft->policy->settings.lookalikes == LOOKALIKES_REFUSE && is_reset(draft->plan) && is_lookalike(draft, p))
                        plan_refuse(draft, REFUSE_LOOKALIKE);
                draft->plan->undeclared_count += draft->plan->fates[p] == FATE_UNDECLARED;
                draft->plan->unvouched |= is_reset(draft->plan) && draft->inventory->held_unknown && marks_by_definition(draft) &&
                                          draft->plan->fates[p] == FATE_KEPT;
        }
        for (size_t d = 0; d < draft->matches.definition_count; d++) {
                int partition = draft->matches.partition_of[d];
                draft->build[d] = partition < 0 ? is_to_be_made(draft, d) : plan_is_marked(draft, (size_t)partition);
        }
}

bool plan_marks_something(const struct plan_draft *draft)
{
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                if (plan_is_marked(draft, p))
                        return true;
        return false;
}
