/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which slot of the table a new partition gets, and which name. Matching goes by slots: whatever is made must be matched to its
 * own definition the next time, and change nothing for the others. */
#include "common/plan/plan-draft.h"

/* The entry of a partition that is erased goes, unless its definition is built into it. */
static bool stays_in_table(const struct plan_draft *draft, size_t p)
{
        int definition = draft->matches.definition_of[p];

        return !plan_is_marked(draft, p) || (definition >= 0 && draft->build[definition]);
}

static bool is_taken(const struct plan_draft *draft, uint32_t number)
{
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                if (draft->inventory->partitions[p].number == number && stays_in_table(draft, p))
                        return true;
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->plan->entries[d].number == number)
                        return true;
        return false;
}

/* Of the partitions of this type that are there or come back. A definition without one comes behind them; new ones of before it
 * have taken the first slots there. */
static uint32_t last_of_type(const struct plan_draft *draft, const struct guid *type)
{
        uint32_t last = 0;

        for (size_t p = 0; p < draft->matches.partition_count; p++) {
                const struct inventory_partition *partition = &draft->inventory->partitions[p];

                if (stays_in_table(draft, p) && guid_equal(&partition->type, type) && partition->number > last)
                        last = partition->number;
        }
        return last;
}

static bool needs_slot(const struct plan_draft *draft, size_t d)
{
        return draft->build[d] && draft->plan->entries[d].number == 0;
}

/* The next one in the order of their places, as systemd-repart numbers them; -1: all have a slot. */
static int next_by_rank(const struct plan_draft *draft)
{
        int next = -1;

        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (needs_slot(draft, d) && (next < 0 || draft->ranks[d] < draft->ranks[next]))
                        next = (int)d;
        return next;
}

/* Of one type the first definition gets the first slot, wherever its place is. */
static size_t first_of_type(const struct plan_draft *draft, size_t definition)
{
        const struct guid *type = &draft->policy->partitions[definition].type;
        size_t first = 0; /* no further than to itself */

        while (!needs_slot(draft, first) || !guid_equal(&draft->policy->partitions[first].type, type))
                first++;
        return first;
}

/* A table with fewer than the usual ones is not given more: behind a short array there may be a boot loader (some boards look for
 * theirs at 8 KiB). */
static uint32_t slots_of(const struct inventory *inventory)
{
        const uint32_t count = inventory->entry_count;

        return count > 0 && count < INVENTORY_PARTITIONS_MAX ? count : INVENTORY_PARTITIONS_MAX;
}

static bool choose_slot(struct plan_draft *draft, size_t d)
{
        const uint32_t slots = slots_of(draft->inventory);
        uint32_t number = last_of_type(draft, &draft->policy->partitions[d].type) + 1;

        while (number <= slots && is_taken(draft, number))
                number++;
        if (number > slots) {
                plan_refuse(draft, REFUSE_NO_SLOT);
                return false;
        }
        draft->plan->entries[d].number = number;
        return true;
}

/* What the entry of an earlier definition is called, whether it is built or stays. */
static const char *name_in_table(const struct plan_draft *draft, size_t d)
{
        int partition = draft->matches.partition_of[d];

        if (draft->build[d] || partition < 0 || draft->inventory->partitions[partition].name[0] == '\0')
                return draft->plan->entries[d].name;
        return draft->inventory->partitions[partition].name;
}

static bool has_earlier(const struct plan_draft *draft, size_t definition, const char *name)
{
        for (size_t d = 0; d < definition; d++)
                if (text_equal(name_in_table(draft, d), name))
                        return true;
        return false;
}

/* Label=, or the type's name with the first number that makes it another one than those in front of it. */
static void choose_name(struct plan_draft *draft, size_t d)
{
        const struct partition_definition *definition = &draft->policy->partitions[d];
        char *ret = draft->plan->entries[d].name;
        unsigned number = 1;

        if (definition->has_label) {
                (void)text_copy(ret, PARTITION_NAME_MAX, definition->label, text_length(definition->label));
                return;
        }
        do
                policy_default_label(&definition->type, number++, ret);
        while (has_earlier(draft, d, ret));
}

void plan_choose_slots(struct plan_draft *draft)
{
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d] && draft->matches.partition_of[d] >= 0)
                        draft->plan->entries[d].number = draft->inventory->partitions[draft->matches.partition_of[d]].number;
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d])
                        choose_name(draft, d);
        for (int d = next_by_rank(draft); d >= 0 && choose_slot(draft, first_of_type(draft, (size_t)d)); d = next_by_rank(draft))
                ;
}
