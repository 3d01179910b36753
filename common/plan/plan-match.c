/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matching of partitions and definitions; see plan-match.h. */
#include "common/plan/plan-match.h"
#include "common/base/partition-type.h"
#include "common/base/sha256.h"

bool plan_is_named_as(const struct inventory_partition *partition, const struct partition_definition *definition)
{
        return guid_equal(&partition->type, &definition->type) && definition->label[0] != '\0' &&
               text_equal(partition->name, definition->label);
}

/* The partition in the first slot behind slot `number`; -1: none. */
static int next_by_number(const struct plan_matches *matches, const struct inventory *inventory, uint32_t number)
{
        int next = -1;

        for (size_t p = 0; p < matches->partition_count; p++)
                if (inventory->partitions[p].number > number &&
                    (next < 0 || inventory->partitions[p].number < inventory->partitions[next].number))
                        next = (int)p;
        return next;
}

static void match_one(struct plan_matches *matches, const struct policy *policy, const struct inventory *inventory, size_t p)
{
        for (size_t d = 0; d < matches->definition_count; d++)
                if (matches->partition_of[d] < 0 && guid_equal(&inventory->partitions[p].type, &policy->partitions[d].type)) {
                        matches->partition_of[d] = (int)p;
                        matches->definition_of[p] = (int)d;
                        return;
                }
}

void plan_match(const struct policy *policy, const struct inventory *inventory, struct plan_matches *ret)
{
        ret->definition_count = policy->partition_count < POLICY_PARTITIONS_MAX ? policy->partition_count : POLICY_PARTITIONS_MAX;
        ret->partition_count =
                inventory->partition_count < INVENTORY_PARTITIONS_MAX ? inventory->partition_count : INVENTORY_PARTITIONS_MAX;
        for (size_t d = 0; d < POLICY_PARTITIONS_MAX; d++)
                ret->partition_of[d] = -1;
        for (size_t p = 0; p < INVENTORY_PARTITIONS_MAX; p++)
                ret->definition_of[p] = -1;
        for (int p = next_by_number(ret, inventory, 0); p >= 0;
             p = next_by_number(ret, inventory, inventory->partitions[p].number))
                match_one(ret, policy, inventory, (size_t)p);
}

uint32_t plan_absent(const struct policy *policy, const struct inventory *inventory)
{
        struct plan_matches matches;
        uint32_t absent = 0;

        _Static_assert(POLICY_PARTITIONS_MAX <= 24, "a bit for each definition, and three bytes in struct progress");
        plan_match(policy, inventory, &matches);
        for (size_t d = 0; d < matches.definition_count; d++)
                if (matches.partition_of[d] < 0)
                        absent |= UINT32_C(1) << d;
        return absent;
}

uint32_t plan_rebuilds_kept(const struct plan *plan, const struct policy *policy)
{
        uint32_t kept = 0;

        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_CREATE_ENTRY && plan->steps[i].why == WHY_REBUILD &&
                    !policy->partitions[plan->steps[i].definition].factory_reset)
                        kept |= UINT32_C(1) << plan->steps[i].definition;
        return kept;
}

uint32_t plan_absent_check(const struct policy *policy)
{
        struct bytes chunks[2 * POLICY_PARTITIONS_MAX];
        uint8_t digest[SHA256_SIZE];
        size_t count = 0;

        for (size_t d = 0; d < policy->partition_count && d < POLICY_PARTITIONS_MAX; d++) {
                const struct partition_definition *definition = &policy->partitions[d];

                chunks[count++] = (struct bytes){ definition->type.bytes, sizeof(definition->type.bytes) };
                chunks[count++] = (struct bytes){ (const uint8_t *)definition->label, text_length(definition->label) + 1 };
        }
        sha256_of_chunks(chunks, count, digest);
        return load_le32(digest);
}

int plan_find_partition(const struct policy *policy, const struct inventory *inventory, size_t definition)
{
        struct plan_matches matches;

        plan_match(policy, inventory, &matches);
        return definition < matches.definition_count ? matches.partition_of[definition] : -1;
}

/* What an update writes a system image to, or its hashes or signature: nothing is built in it. */
static bool is_image_slot(const struct partition_definition *definition)
{
        return partition_type_is_image(&definition->type) && definition->format[0] == '\0' && definition->encrypt == ENCRYPT_OFF;
}

bool plan_spares_image(const struct policy *policy, const struct inventory *inventory, size_t partition)
{
        struct plan_matches matches;
        int definition;

        if (partition >= inventory->partition_count || inventory->partitions[partition].role != ROLE_IMAGE)
                return false;
        plan_match(policy, inventory, &matches);
        definition = matches.definition_of[partition];
        return definition >= 0 && policy->partitions[definition].factory_reset && is_image_slot(&policy->partitions[definition]);
}

static bool finds_nothing(const struct policy *policy, const struct plan_matches *matches)
{
        bool is_any = false;

        for (size_t d = 0; d < matches->definition_count; d++) {
                if (policy->partitions[d].format[0] == '\0')
                        continue;
                if (matches->partition_of[d] >= 0)
                        return false;
                is_any = true;
        }
        return is_any;
}

bool plan_finds_nothing(const struct policy *policy, const struct inventory *inventory)
{
        struct plan_matches matches;

        plan_match(policy, inventory, &matches);
        return finds_nothing(policy, &matches);
}

bool plan_may_be_merged(const struct policy *policy, const struct inventory *inventory, size_t definition)
{
        int target = policy_supplement_target(policy, definition);

        return target >= 0 && plan_find_partition(policy, inventory, definition) < 0 &&
               plan_find_partition(policy, inventory, (size_t)target) >= 0 &&
               !(inventory->has_known && (inventory->known >> definition & 1));
}

/* Into a partition that is large enough for both: there is nothing to do about it. */
static bool is_merged(const struct policy *policy, const struct inventory *inventory, const struct plan_matches *matches,
                      size_t definition)
{
        int target = policy_supplement_target(policy, definition), p = target < 0 ? -1 : matches->partition_of[target];

        return p >= 0 && inventory->partitions[p].size_bytes >= policy->partitions[definition].size_min_bytes;
}

/* A device that was never built: what is there was put there, unless it is encrypted, which nobody but a device itself makes.
 * What may be left out for lack of room does not make a first boot: it would be missing after it as well. */
static bool needs_first_boot(const struct policy *policy, const struct inventory *inventory, const struct plan_matches *matches)
{
        bool misses_something = false;

        for (size_t d = 0; d < matches->definition_count; d++) {
                if (matches->partition_of[d] >= 0 && policy->partitions[d].encrypt != ENCRYPT_OFF)
                        return false;
                misses_something |= matches->partition_of[d] < 0 && policy->partitions[d].priority <= 0 &&
                                    !is_merged(policy, inventory, matches, d);
        }
        return misses_something || finds_nothing(policy, matches);
}

/* A definition that this device has never had a partition of, and that has to have one. */
static bool misses_something_new(const struct policy *policy, const struct inventory *inventory,
                                 const struct plan_matches *matches)
{
        for (size_t d = 0; d < matches->definition_count; d++)
                if (matches->partition_of[d] < 0 && !(inventory->known >> d & 1) && !is_merged(policy, inventory, matches, d))
                        return true;
        return false;
}

enum boot_start plan_boot_start(const struct policy *policy, const struct inventory *inventory)
{
        struct plan_matches matches;

        plan_match(policy, inventory, &matches);
        if (!inventory->built_before)
                return needs_first_boot(policy, inventory, &matches) ? START_FIRST_BOOT : START_ORDINARY;
        if (finds_nothing(policy, &matches))
                return START_LOST;
        return inventory->has_known && misses_something_new(policy, inventory, &matches) ? START_ADDITION : START_ORDINARY;
}
