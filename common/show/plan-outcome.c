/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/show/plan-outcome.h"
#include "common/base/json-write.h"

#define FLAGS_TEXT_SIZE 19 /* "0x" and 16 digits */

static const struct plan_step *erasure_of(const struct plan *plan, size_t partition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_ERASE && plan->steps[i].partition == (int)partition)
                        return &plan->steps[i];
        return NULL;
}

static void write_guid(struct writer *writer, const char *key, const struct guid *guid)
{
        char text[GUID_TEXT_SIZE];

        guid_format(guid, text);
        json_member_text(writer, key, text);
}

/* As text: the highest of these bits is more than many readers of JSON can hold as a number. */
static void write_flags(struct writer *writer, uint64_t flags)
{
        char text[FLAGS_TEXT_SIZE];
        struct writer hex = writer_over(text, sizeof(text));
        uint8_t bytes[8];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(flags >> (8 * (sizeof(bytes) - 1 - i)));
        writer_text(&hex, "0x");
        writer_hex(&hex, bytes, sizeof(bytes));
        json_member_text(writer, "flags", text);
}

static void write_place(struct writer *writer, uint32_t slot, uint64_t start_bytes, uint64_t size_bytes)
{
        json_member_number(writer, "slot", slot);
        json_member_number(writer, "startBytes", start_bytes);
        json_member_number(writer, "sizeBytes", size_bytes);
}

static void write_partition(struct writer *writer, const struct plan *plan, const struct inventory *inventory, size_t p)
{
        const struct plan_step *erased = erasure_of(plan, p);

        json_open(writer, '{');
        json_member_number(writer, "slot", inventory->partitions[p].number);
        json_member_text(writer, "fate", partition_fate_name(plan->fates[p]));
        json_member_flag(writer, "erased", erased);
        json_member_text(writer, "why", erased ? step_why_text(erased->why) : NULL);
        json_close(writer, '}');
}

static const char *state_of(bool created, bool grown, bool exists, bool merged)
{
        if (merged)
                return "merged";
        if (created)
                return exists ? "rebuilt" : "created";
        return grown ? "grows" : exists ? "stays" : "absent";
}

/* The plan says of a definition what it builds or enlarges. The rest is as it is; of a refused plan, everything. */
static void write_definition(struct writer *writer, const struct plan *plan, const struct policy *policy,
                             const struct inventory *inventory, size_t d)
{
        const struct partition_definition *definition = &policy->partitions[d];
        const struct plan_step *created = plan_find_step(plan, STEP_CREATE_ENTRY, d),
                               *grown = plan_find_step(plan, STEP_GROW_ENTRY, d);
        int p = plan_find_partition(policy, inventory, d);
        const struct inventory_partition *own = p >= 0 ? &inventory->partitions[p] : NULL;

        json_open(writer, '{');
        json_member_text(writer, "definition", definition->file);
        json_member_text(writer, "state", state_of(created, grown, own, plan->merged >> d & 1));
        if (plan->merged >> d & 1)
                json_member_text(writer, "mergedInto", policy->partitions[policy_supplement_target(policy, d)].file);
        if (own)
                json_member_number(writer, "ofSlot", own->number);
        if (created)
                write_place(writer, plan->entries[d].number, created->start_bytes, created->size_bytes);
        else if (own)
                write_place(writer, own->number, own->start_bytes, grown ? grown->size_bytes : own->size_bytes);
        write_guid(writer, "type", &definition->type);
        json_member_text(writer, "label", created ? plan->entries[d].name : own ? own->name : definition->label);
        if (created && definition->has_uuid)
                write_guid(writer, "uuid", &definition->uuid);
        else if (own && !created)
                write_guid(writer, "uuid", &own->uuid);
        write_flags(writer, created || !own ? definition->flags : own->attributes);
        json_close(writer, '}');
}

void plan_outcome_json(struct writer *writer, const struct plan *plan, const struct policy *policy,
                       const struct inventory *inventory)
{
        json_member_open(writer, "partitions", '[');
        for (size_t p = 0; p < inventory->partition_count; p++)
                write_partition(writer, plan, inventory, p);
        json_close(writer, ']');
        json_member_open(writer, "definitions", '[');
        for (size_t d = 0; d < policy->partition_count; d++)
                write_definition(writer, plan, policy, inventory, d);
        json_close(writer, ']');
}
