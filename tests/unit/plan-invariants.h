/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of every plan, whatever it was made from: what plan_guard() says in every reset, and what only tests have the
 * time or the need for. Shared by test-plan, test-course-crash and fuzz-plan; written without the plan's own helpers, so that one
 * mistake is not made twice. Returns NULL, or what is wrong. */
#ifndef CLEANSLATE_TESTS_PLAN_INVARIANTS_H
#define CLEANSLATE_TESTS_PLAN_INVARIANTS_H

#include "common/plan/plan-after.h"
#include "tests/unit/plan-invariants-growth.h"

static bool is_new_kind(enum step_kind kind)
{
        return kind >= STEP_CREATE_ENTRY && kind <= STEP_VERIFY_TREE;
}

static const char *check_order(const struct plan *plan)
{
        for (size_t i = 1; i < plan->step_count; i++) {
                enum step_kind before = plan->steps[i - 1].kind, kind = plan->steps[i].kind;
                bool building =
                        before >= STEP_ENCRYPT && before <= STEP_COPY_TREE && kind >= STEP_ENCRYPT && kind <= STEP_COPY_TREE;

                INVARIANT(kind >= before || building, "a step comes before one of an earlier phase");
                INVARIANT(!building || kind > before || plan->steps[i].definition > plan->steps[i - 1].definition,
                          "a partition is filled before it is made");
        }
        return NULL;
}

static const char *check_new_step(const struct plan *plan, size_t index, const struct policy *policy)
{
        const struct plan_step *step = &plan->steps[index];
        const struct partition_definition *definition = &policy->partitions[step->definition];
        bool tree = find_step(plan, STEP_COPY_TREE, -1, step->definition) >= 0;

        INVARIANT(find_step(plan, step->kind, -1, step->definition) == (int)index, "something is built twice");
        INVARIANT(!definition->cannot_build, "what cannot be built is built");
        INVARIANT(tree || definition->copy_count + definition->directory_count == 0, "files are not copied");
        return NULL;
}

static size_t definitions_of_type(const struct policy *policy, const struct guid *type, bool *ret_factory_reset)
{
        size_t count = 0;

        for (size_t d = 0; d < policy->partition_count; d++)
                if (guid_equal(&policy->partitions[d].type, type)) {
                        *ret_factory_reset = policy->partitions[d].factory_reset;
                        count++;
                }
        return count;
}

/* A byte of the disk that somebody has a claim on: a partition, of the image's as far as it is vouched for; the entries of the
 * table; what is left to a boot loader. */
static bool is_claimed(const struct policy *policy, const struct inventory *inventory, wide at)
{
        wide spared = policy->settings.unallocated == UNALLOCATED_ERASE ? policy->settings.boot_loader_bytes : 0;

        for (size_t p = 0; p < inventory->partition_count; p++) {
                const struct inventory_partition *partition = &inventory->partitions[p];
                struct wide_range range = partition_range(inventory, p);
                wide sector = inventory->sector_size;

                if (range.start < spared)
                        spared = range.start;
                if (partition->role == ROLE_IMAGE && partition->used_bytes > 0 && partition->used_bytes < partition->size_bytes)
                        range.end = range.start + (partition->used_bytes + sector - 1) / sector * sector;
                if (at >= range.start && at < range.end && at < partition_range(inventory, p).end)
                        return true;
        }
        if (at >= inventory->entries_start_bytes && at - inventory->entries_start_bytes < inventory->entries_size_bytes)
                return true;
        return at < spared;
}

static bool is_erased_as_unallocated(const struct plan *plan, wide at)
{
        for (size_t i = 0; i < plan->step_count; i++) {
                const struct plan_step *step = &plan->steps[i];

                if (step->kind == STEP_ERASE_UNALLOCATED && at >= step->start_bytes && at - step->start_bytes < step->size_bytes)
                        return true;
        }
        return false;
}

static bool erases_unallocated(const struct plan *plan, const struct policy *policy, const struct inventory *inventory)
{
        bool another = !guid_is_zero(&inventory->disk_expected) && !guid_equal(&inventory->disk_expected, &inventory->disk_uuid);

        return !plan->first_boot && !inventory->unallocated_done && !another && policy->settings.unallocated != UNALLOCATED_LEAVE;
}

/* Whether a byte is claimed changes only at the bounds of partitions, of the image's data, of the entries, of the boot loader's
 * area and of the disk: so the bytes around these tell of all others. */
static const char *check_byte(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, wide at)
{
        wide first = inventory->first_usable_bytes, end = (wide)inventory->last_usable_bytes + 1;
        bool usable = first < end - 1 && at >= first && at < end && at < UINT64_MAX; /* no disk has a byte at 2^64 - 1 */
        bool meant = usable && erases_unallocated(plan, policy, inventory) && !is_claimed(policy, inventory, at);

        INVARIANT(meant || !is_erased_as_unallocated(plan, at), "unallocated space is erased where it is claimed or not meant");
        INVARIANT(!meant || is_erased_as_unallocated(plan, at), "unallocated space is left out");
        return NULL;
}

static const char *check_around(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, wide at)
{
        const char *violation = at > 0 ? check_byte(plan, policy, inventory, at - 1) : NULL;

        return violation ? violation : check_byte(plan, policy, inventory, at);
}

static const char *check_unallocated(const struct plan *plan, const struct policy *policy, const struct inventory *inventory)
{
        const wide bounds[] = { inventory->first_usable_bytes, (wide)inventory->last_usable_bytes + 1,
                                policy->settings.boot_loader_bytes, inventory->entries_start_bytes,
                                (wide)inventory->entries_start_bytes + inventory->entries_size_bytes };
        const char *violation = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(bounds) && !violation; i++)
                violation = check_around(plan, policy, inventory, bounds[i]);
        for (size_t p = 0; p < inventory->partition_count && !violation; p++) {
                struct wide_range range = partition_range(inventory, p);
                wide used = inventory->partitions[p].used_bytes, sector = inventory->sector_size;

                violation = check_around(plan, policy, inventory, range.start);
                if (!violation)
                        violation = check_around(plan, policy, inventory, range.end);
                if (!violation)
                        violation = check_around(plan, policy, inventory, range.start + (used + sector - 1) / sector * sector);
        }
        for (size_t i = 0; i < plan->step_count && !violation; i++) {
                const struct plan_step *step = &plan->steps[i];

                if (step->kind != STEP_ERASE_UNALLOCATED)
                        continue;
                INVARIANT(step->method == ERASE_METHOD_ZERO || step->method == ERASE_METHOD_KEYSTREAM,
                          "unallocated space may hold plain text");
                violation = check_around(plan, policy, inventory, step->start_bytes);
                if (!violation)
                        violation = check_around(plan, policy, inventory, (wide)step->start_bytes + step->size_bytes);
        }
        return violation;
}

/* Exactly one fate for each partition, by rules written anew. */
static const char *check_fates(const struct plan *plan, const struct policy *policy, const struct inventory *inventory)
{
        size_t undeclared = 0;

        for (size_t p = 0; p < inventory->partition_count; p++) {
                const struct inventory_partition *partition = &inventory->partitions[p];
                bool factory_reset = false, claimable = definitions_of_type(policy, &partition->type, &factory_reset) > 0;
                enum partition_fate fate = plan->fates[p];

                undeclared += fate == FATE_UNDECLARED;
                INVARIANT((unsigned)fate < FATE_COUNT, "a partition has no fate");
                INVARIANT((fate == FATE_ERASED) == is_erased(plan, p),
                          "a partition is erased without that fate, or stays with it");
                INVARIANT((partition->role == ROLE_ESP) == (fate == FATE_ESP) &&
                                  (partition->role == ROLE_IMAGE) == (fate == FATE_IMAGE),
                          "the ESP or the image has another fate, or something else has theirs");
                INVARIANT(fate != FATE_KEPT || claimable, "a partition is kept by a definition that nobody has made");
                /* what a first boot finds stays; all that it erases is what it has itself begun to make */
                INVARIANT(!plan->begun_as_first_boot || inventory->half_made_unknown || fate != FATE_ERASED ||
                                  inventory->half_made != 0,
                          "a first boot erases something, and has made nothing");
                INVARIANT(fate != FATE_UNDECLARED || plan->first_boot || policy->settings.undeclared == UNDECLARED_KEEP ||
                                  (plan->begun_as_first_boot && !inventory->half_made_unknown) ||
                                  (plan->begun_as_first_boot && policy->settings.undeclared == UNDECLARED_REFUSE),
                          "an undeclared partition stays though the policy says otherwise");
                INVARIANT(partition->role != ROLE_ESP || guid_equal(&partition->type, &guid_partition_esp),
                          "something of another type is taken for the ESP");
                for (size_t q = 0; q < inventory->partition_count; q++)
                        INVARIANT(q == p || partition->role == ROLE_OTHER || guid_is_zero(&partition->uuid) ||
                                          !guid_equal(&partition->uuid, &inventory->partitions[q].uuid),
                                  "one of two partitions with one PARTUUID is taken for the ESP or the image");
        }
        INVARIANT(undeclared == plan->undeclared_count, "undeclared partitions are counted wrong");
        return NULL;
}

/* What a step is about: one old partition, one definition, one additional disk, or none of them, which is -1, -1 and 0. */
static const char *check_indices(const struct plan *plan)
{
        for (size_t i = 0; i < plan->step_count; i++) {
                const struct plan_step *step = &plan->steps[i];
                bool grows = step->kind == STEP_GROW_ENTRY;
                bool old =
                        grows || step->kind == STEP_DESTROY_KEYS || step->kind == STEP_ERASE || step->kind == STEP_DELETE_ENTRY;
                bool disk = step->kind == STEP_DESTROY_DISK_KEYS || step->kind == STEP_ERASE_DISK;

                INVARIANT(old ? step->partition >= 0 : step->partition == -1,
                          "a step is about a partition, or about none, wrongly");
                INVARIANT(is_new_kind(step->kind) || grows ? step->definition >= 0
                                                           : step->definition == -1 || (old && step->definition >= 0),
                          "a step is about a definition, or about none, wrongly");
                INVARIANT(disk ? step->additional_disk >= 1 && step->additional_disk <= plan->disks.count
                               : step->additional_disk == 0,
                          "a step is about an additional disk, or about none, wrongly");
        }
        return NULL;
}

static uint32_t number_of(const struct policy *policy, const struct inventory *inventory, size_t definition)
{
        int partition = plan_find_partition(policy, inventory, definition);

        return partition >= 0 ? inventory->partitions[partition].number : 0;
}

/* The next reset takes each partition for the same definition's as this one: what this one keeps, no later one erases. */
static const char *check_next_matching(const struct plan *plan, const struct policy *policy, const struct inventory *inventory)
{
        static struct inventory behind, after;

        table_behind(plan, policy, inventory, &behind);
        plan_after(plan, policy, inventory, &after); /* what the builder of an image takes for it */
        INVARIANT(after.partition_count == behind.partition_count, "plan_after() has another number of partitions");
        for (size_t p = 0; p < behind.partition_count; p++)
                for (size_t q = 0; q < p; q++)
                        INVARIANT(behind.partitions[p].number != behind.partitions[q].number, "two partitions have one slot");
        for (size_t d = 0; d < policy->partition_count; d++) {
                bool built = find_step(plan, STEP_CREATE_ENTRY, -1, (int)d) >= 0;
                uint32_t before = number_of(policy, inventory, d);

                INVARIANT(number_of(policy, &behind, d) == (built ? plan->entries[d].number : before),
                          "the next reset takes another partition for a definition's");
                INVARIANT(before == 0 || !built || plan->entries[d].number == before, "a partition is rebuilt in another slot");
                INVARIANT(number_of(policy, &behind, d) == number_of(policy, &after, d),
                          "plan_after() has another partition for a definition");
        }
        return NULL;
}

/* Neither less nor more than was asked for. */
static const char *check_extent(const struct plan *plan)
{
        INVARIANT(!plan->first_boot ||
                          (find_step(plan, STEP_CLEAN_ESP, -1, -1) < 0 && find_step(plan, STEP_CLEAN_VARIABLES, -1, -1) < 0 &&
                           find_step(plan, STEP_CLEAN_TABLE, -1, -1) < 0),
                  "a first boot cleans");
        return NULL;
}

/* Member by member: what lies between members is nobody's promise. */
__attribute__((unused)) static bool is_same_plan(const struct plan *a, const struct plan *b)
{
        for (size_t d = 0; d < POLICY_PARTITIONS_MAX; d++)
                if (a->entries[d].number != b->entries[d].number || strcmp(a->entries[d].name, b->entries[d].name) != 0)
                        return false;
        if (a->undeclared_count != b->undeclared_count || a->spared_bytes != b->spared_bytes ||
            memcmp(a->fates, b->fates, sizeof(a->fates)) != 0)
                return false;
        if (a->step_count != b->step_count || a->refusal_count != b->refusal_count || a->tpm_clear != b->tpm_clear ||
            a->tpm_way != b->tpm_way || a->level != b->level || a->first_boot != b->first_boot)
                return false;
        for (size_t i = 0; i < a->refusal_count; i++)
                if (a->refusals[i] != b->refusals[i])
                        return false;
        for (size_t i = 0; i < a->step_count; i++) {
                const struct plan_step *one = &a->steps[i], *other = &b->steps[i];

                if (one->kind != other->kind || one->partition != other->partition || one->definition != other->definition ||
                    one->method != other->method || one->start_bytes != other->start_bytes ||
                    one->size_bytes != other->size_bytes || one->why != other->why ||
                    one->additional_disk != other->additional_disk)
                        return false;
        }
        return a->disks.count == b->disks.count && a->disks.refusal == b->disks.refusal;
}

static const char *plan_violation(const struct plan *plan, const struct request *request, const struct policy *policy,
                                  const struct inventory *inventory)
{
        const char *violation = plan_guard(plan, request, policy, inventory);

        if (violation || plan->refusal_count > 0)
                return violation;
        violation = check_order(plan);
        if (!violation)
                violation = check_indices(plan);
        if (!violation)
                violation = check_unallocated(plan, policy, inventory);
        for (size_t i = 0; !violation && i < plan->step_count; i++)
                if (is_new_kind(plan->steps[i].kind))
                        violation = check_new_step(plan, i, policy);
        for (size_t i = 0; !violation && i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_GROW_ENTRY)
                        violation = check_growth(plan, i, policy, inventory);
        if (!violation)
                violation = check_next_matching(plan, policy, inventory);
        if (!violation)
                violation = check_again(plan, request, policy, inventory);
        if (!violation)
                violation = check_extent(plan);
        return violation ? violation : check_fates(plan, policy, inventory);
}

#endif
