/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matching of partitions and definitions, as repart does it; see plan-match.h. */
#include "common/plan/plan-match.h"
#include "common/base/sha256.h"

bool plan_is_named_as(const struct inventory_partition *partition, const struct partition_definition *definition)
{
        return guid_equal(&partition->type, &definition->type) && definition->label[0] != '\0' &&
               text_equal(partition->name, definition->label);
}

static bool belongs(const struct inventory_partition *partition, const struct partition_definition *definition, bool by_label)
{
        return by_label ? plan_is_named_as(partition, definition) : guid_equal(&partition->type, &definition->type);
}

/* One round of matching: each definition without a partition takes the first free one that fits. */
static void match_round(struct plan_matches *matches, const struct policy *policy, const struct inventory *inventory,
                        bool by_label)
{
        for (size_t d = 0; d < matches->definition_count; d++)
                for (size_t p = 0; matches->partition_of[d] < 0 && p < matches->partition_count; p++)
                        if (matches->definition_of[p] < 0 &&
                            belongs(&inventory->partitions[p], &policy->partitions[d], by_label)) {
                                matches->partition_of[d] = (int)p;
                                matches->definition_of[p] = (int)d;
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
        match_round(ret, policy, inventory, true);
        match_round(ret, policy, inventory, false);
}

uint16_t plan_absent(const struct policy *policy, const struct inventory *inventory)
{
        struct plan_matches matches;
        uint16_t absent = 0;

        _Static_assert(POLICY_PARTITIONS_MAX <= 16, "a bit for each definition");
        plan_match(policy, inventory, &matches);
        for (size_t d = 0; d < matches.definition_count; d++)
                if (matches.partition_of[d] < 0)
                        absent |= (uint16_t)(1u << d);
        return absent;
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

bool plan_is_first_boot(const struct policy *policy, const struct inventory *inventory, bool *ret_incomplete)
{
        struct plan_matches matches;
        bool exists = false, absent = false;

        plan_match(policy, inventory, &matches);
        for (size_t d = 0; d < matches.definition_count; d++) {
                if (policy->partitions[d].format[0] == '\0')
                        continue;
                exists |= matches.partition_of[d] >= 0;
                absent |= matches.partition_of[d] < 0;
        }
        if (ret_incomplete)
                *ret_incomplete = exists && absent;
        return absent && !exists;
}
