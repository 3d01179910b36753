/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of every plan, whatever it was made from. Shared by test-plan and fuzz-plan; written without the plan's own
 * helpers, so that one mistake is not made twice. Returns NULL, or what is wrong. */
#ifndef CLEANSLATE_TESTS_PLAN_INVARIANTS_H
#define CLEANSLATE_TESTS_PLAN_INVARIANTS_H

#include "common/plan/plan.h"
#include <string.h>

#define INVARIANT(condition, text)     \
        do {                           \
                if (!(condition))      \
                        return (text); \
        } while (0)

typedef unsigned __int128 wide; /* no sum of two 64-bit numbers overflows it */

struct wide_range {
        wide start, end;
};

static struct wide_range range_of(uint64_t start, uint64_t size)
{
        return (struct wide_range){ start, (wide)start + size };
}

static bool ranges_meet(struct wide_range a, struct wide_range b)
{
        return a.start < b.end && b.start < a.end;
}

static bool range_lies_in(struct wide_range inner, struct wide_range outer)
{
        return inner.start >= outer.start && inner.end <= outer.end;
}

static struct wide_range partition_range(const struct inventory *inventory, size_t index)
{
        return range_of(inventory->partitions[index].start_bytes, inventory->partitions[index].size_bytes);
}

static bool is_old_kind(enum step_kind kind)
{
        return kind == STEP_DESTROY_KEYS || kind == STEP_ERASE || kind == STEP_DELETE_ENTRY;
}

static bool is_new_kind(enum step_kind kind)
{
        return kind >= STEP_CREATE_ENTRY && kind <= STEP_VERIFY_TREE;
}

static int find_step(const struct plan *plan, enum step_kind kind, int partition, int definition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == kind && (partition < 0 || plan->steps[i].partition == partition) &&
                    (definition < 0 || plan->steps[i].definition == definition))
                        return (int)i;
        return -1;
}

static const char *check_order(const struct plan *plan)
{
        INVARIANT(plan->steps[0].kind == STEP_COMMIT_PROGRESS, "the first step does not commit");
        INVARIANT(plan->steps[plan->step_count - 1].kind == STEP_RETIRE_REQUEST, "the request is not retired last");
        INVARIANT(find_step(plan, STEP_WRITE_RECORD, -1, -1) >= 0, "no record is written");
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

/* Definitions, with FactoryReset=yes or without, whose type and label the partition carries. */
static size_t definitions_named_as(const struct policy *policy, const struct inventory_partition *partition, bool factory_reset)
{
        size_t count = 0;

        for (size_t d = 0; d < policy->partition_count; d++) {
                const struct partition_definition *definition = &policy->partitions[d];

                count += definition->factory_reset == factory_reset && guid_equal(&definition->type, &partition->type) &&
                         text_length(definition->label) > 0 && text_equal(definition->label, partition->name);
        }
        return count;
}

static bool may_be_erased(const struct plan_step *step, const struct policy *policy, const struct inventory *inventory)
{
        const struct inventory_partition *partition = &inventory->partitions[step->partition];
        const struct partition_definition *definition = step->definition < 0 ? NULL : &policy->partitions[step->definition];

        if (partition->role != ROLE_OTHER)
                return false;
        if (partition->attributes & GPT_ATTRIBUTE_ERASE || definitions_named_as(policy, partition, true) > 0)
                return true;
        if (definition && inventory->half_made >> step->definition & 1 && guid_equal(&definition->type, &partition->type) &&
            text_equal(definition->label, partition->name))
                return true;
        if (policy->settings.undeclared == UNDECLARED_ERASE && step->definition < 0)
                return true;
        return definition && definition->factory_reset && guid_equal(&definition->type, &partition->type);
}

static bool is_erased(const struct plan *plan, size_t partition)
{
        return find_step(plan, STEP_DELETE_ENTRY, (int)partition, -1) >= 0;
}

static const char *check_old_step(const struct plan *plan, const struct plan_step *step, const struct policy *policy,
                                  const struct inventory *inventory)
{
        struct wide_range range = range_of(step->start_bytes, step->size_bytes);
        const struct inventory_partition *partition;

        INVARIANT(step->partition >= 0 && (size_t)step->partition < inventory->partition_count, "a step has no partition");
        partition = &inventory->partitions[step->partition];
        INVARIANT(may_be_erased(step, policy, inventory), "something unmarked, the ESP or the image is erased");
        INVARIANT(!plan->first_boot, "a first boot erases");
        INVARIANT(step->start_bytes == partition->start_bytes &&
                          range_lies_in(range, partition_range(inventory, (size_t)step->partition)),
                  "a step leaves its partition");
        INVARIANT(step->kind == STEP_DESTROY_KEYS || step->size_bytes == partition->size_bytes, "a partition is erased in part");
        INVARIANT(step->kind != STEP_DESTROY_KEYS || step->size_bytes == partition->size_bytes ||
                          step->size_bytes == UINT64_C(136) << 20,
                  "key material is left over");
        INVARIANT(find_step(plan, STEP_DESTROY_KEYS, step->partition, -1) >= 0 &&
                          find_step(plan, STEP_ERASE, step->partition, -1) >= 0 && is_erased(plan, (size_t)step->partition),
                  "a partition is destroyed, erased or deleted, but not all of it");
        for (size_t p = 0; p < inventory->partition_count; p++)
                INVARIANT(p == (size_t)step->partition || step->size_bytes == 0 || inventory->partitions[p].size_bytes == 0 ||
                                  !ranges_meet(range, partition_range(inventory, p)),
                          "a step reaches into another partition");
        if (step->kind != STEP_ERASE)
                return NULL;
        INVARIANT(step->method != ERASE_METHOD_NONE, "an erasure has no method");
        INVARIANT(step->method != ERASE_METHOD_DISCARD || (partition->content != CONTENT_UNKNOWN && step->definition >= 0 &&
                                                           policy->partitions[step->definition].encrypt != ENCRYPT_OFF &&
                                                           policy->settings.without_tpm == WITHOUT_TPM_REFUSE),
                  "what may be plain text is only discarded");
        INVARIANT(step->method != ERASE_METHOD_DISCARD || policy->settings.erase_level != ERASE_LEVEL_CLEAR,
                  "the level is not kept");
        INVARIANT(step->method == ERASE_METHOD_DISCARD ||
                          (step->method == ERASE_METHOD_KEYSTREAM) == (policy->settings.overwrite == PATTERN_KEYSTREAM),
                  "something else is written than the policy says");
        return NULL;
}

static const char *check_new_area(const struct plan *plan, size_t index, const struct policy *policy,
                                  const struct inventory *inventory)
{
        const struct plan_step *step = &plan->steps[index];
        struct wide_range range = range_of(step->start_bytes, step->size_bytes);
        struct wide_range usable = { inventory->first_usable_bytes, (wide)inventory->last_usable_bytes + 1 };

        INVARIANT(step->start_bytes % (1 << 20) == 0 && step->size_bytes % (1 << 20) == 0, "a new partition is not aligned");
        INVARIANT(step->size_bytes > 0 && step->size_bytes >= policy->partitions[step->definition].size_min_bytes,
                  "a new partition is too small");
        INVARIANT(range_lies_in(range, usable), "a new partition leaves the usable range");
        for (size_t p = 0; p < inventory->partition_count; p++)
                INVARIANT(is_erased(plan, p) || inventory->partitions[p].size_bytes == 0 ||
                                  !ranges_meet(range, partition_range(inventory, p)),
                          "a new partition overlaps an old one");
        for (size_t i = 0; i < plan->step_count; i++)
                INVARIANT(i == index || plan->steps[i].kind != STEP_CREATE_ENTRY ||
                                  !ranges_meet(range, range_of(plan->steps[i].start_bytes, plan->steps[i].size_bytes)),
                          "two new partitions overlap");
        return NULL;
}

static const char *check_new_step(const struct plan *plan, size_t index, const struct policy *policy,
                                  const struct inventory *inventory)
{
        const struct plan_step *step = &plan->steps[index];
        const struct partition_definition *definition;
        bool encrypted, tree;

        INVARIANT(step->definition >= 0 && (size_t)step->definition < policy->partition_count, "a step has no definition");
        INVARIANT(step->partition < 0, "a new partition claims an old entry");
        INVARIANT(find_step(plan, STEP_CREATE_ENTRY, -1, step->definition) >= 0, "something is built without an entry");
        INVARIANT(find_step(plan, step->kind, -1, step->definition) == (int)index, "something is built twice");
        definition = &policy->partitions[step->definition];
        INVARIANT(!definition->cannot_build, "what cannot be built is built");
        encrypted = find_step(plan, STEP_ENCRYPT, -1, step->definition) >= 0;
        INVARIANT(encrypted == (definition->encrypt != ENCRYPT_OFF && inventory->tpm.present), "encryption is not as defined");
        INVARIANT(encrypted || definition->encrypt == ENCRYPT_OFF || policy->settings.without_tpm == WITHOUT_TPM_PLAIN,
                  "plain text where the policy does not allow it");
        INVARIANT((definition->format[0] != 0) == (find_step(plan, STEP_MAKE_FILE_SYSTEM, -1, step->definition) >= 0),
                  "the file system is not as defined");
        tree = find_step(plan, STEP_COPY_TREE, -1, step->definition) >= 0;
        INVARIANT(tree == (find_step(plan, STEP_VERIFY_TREE, -1, step->definition) >= 0), "a tree is not verified");
        INVARIANT(tree || definition->copy_count + definition->directory_count == 0, "files are not copied");
        return step->kind == STEP_CREATE_ENTRY ? check_new_area(plan, index, policy, inventory) : NULL;
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

static size_t partitions_of_type(const struct inventory *inventory, const struct guid *type)
{
        size_t count = 0;

        for (size_t p = 0; p < inventory->partition_count; p++)
                count += guid_equal(&inventory->partitions[p].type, type);
        return count;
}

/* FactoryReset=yes is obeyed where type and label tell that no other partition than such a one can be meant, however often they
 * occur, and where the type alone tells it. */
static bool must_be_erased(const struct policy *policy, const struct inventory *inventory, size_t index)
{
        const struct inventory_partition *partition = &inventory->partitions[index];
        bool factory_reset = false;

        if (partition->role != ROLE_OTHER)
                return false;
        if (definitions_named_as(policy, partition, true) > 0 && definitions_named_as(policy, partition, false) == 0)
                return true;
        return partitions_of_type(inventory, &partition->type) == 1 &&
               definitions_of_type(policy, &partition->type, &factory_reset) == 1 && factory_reset;
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

/* Written without disk-choice's helpers. */
static const char *check_disk(const struct plan *plan, size_t index, const struct policy *policy,
                              const struct inventory *inventory)
{
        const struct chosen_disk *chosen = &plan->disks.chosen[index];
        const struct inventory_disk *disk = &inventory->disks[chosen->disk];
        const struct disk_definition *definition = &policy->settings.disks[chosen->definition];
        bool all = definition->match == DISK_MATCH_ALL_INTERNAL;

        INVARIANT(chosen->disk < inventory->disk_count && chosen->definition < policy->settings.disk_count,
                  "a chosen disk or its section does not exist");
        INVARIANT(!disk->is_boot_disk && !disk->is_virtual, "the boot disk or a virtual one is erased");
        INVARIANT(!all || (!disk->is_external && !disk->media.usb && !disk->media.removable && !disk->media.read_only &&
                           disk->media.bus != MEDIA_OTHER),
                  "all internal takes what is not certainly built in");
        INVARIANT(disk->is_done || (!disk->media.read_only && !disk->is_held && disk->media.size_bytes > 0),
                  "a disk that cannot be erased is chosen");
        INVARIANT(chosen->level >= ERASE_LEVEL_CRYPTO && chosen->level <= ERASE_LEVEL_PURGE, "a disk has no level");
        INVARIANT(chosen->level >= definition->level || (definition->level == ERASE_LEVEL_PURGE && definition->fall_back),
                  "a disk is erased less than the policy says");
        INVARIANT(chosen->level != ERASE_LEVEL_PURGE || disk->is_done || chosen->technique != MEDIA_TECHNIQUE_NONE,
                  "a purge has no technique");
        for (size_t i = 0; i < plan->disks.count; i++)
                INVARIANT(i == index || plan->disks.chosen[i].disk != chosen->disk, "a disk is chosen twice");
        for (size_t i = 0; i < inventory->disk_count; i++) {
                const struct media_facts *other = &inventory->disks[i].media;

                INVARIANT(i == chosen->disk || inventory->disks[i].is_virtual || other->wwid[0] == 0 ||
                                  !text_equal(other->wwid, disk->media.wwid),
                          "one of two disks with one identity is erased");
                INVARIANT(chosen->level != ERASE_LEVEL_PURGE || disk->is_done || !inventory->disks[i].is_boot_disk ||
                                  inventory->disks[i].is_virtual || inventory->disks[i].hardware != disk->hardware,
                          "a purge takes the boot disk along");
        }
        return NULL;
}

static size_t count_disk_steps(const struct plan *plan, enum step_kind kind, size_t index)
{
        size_t count = 0;

        for (size_t i = 0; i < plan->step_count; i++)
                count += plan->steps[i].kind == kind && plan->steps[i].further_disk == index + 1;
        return count;
}

static const char *check_disks(const struct plan *plan, const struct policy *policy, const struct inventory *inventory)
{
        INVARIANT(plan->disks.refusal == DISK_REFUSAL_NONE, "a doubt about disks is no refusal");
        INVARIANT(plan->disks.count <= INVENTORY_DISKS_MAX && (!plan->begun_as_first_boot || plan->disks.count == 0),
                  "a first boot erases disks");
        for (size_t i = 0; i < plan->disks.count; i++) {
                const char *violation = check_disk(plan, i, policy, inventory);

                if (violation)
                        return violation;
                INVARIANT(count_disk_steps(plan, STEP_DESTROY_DISK_KEYS, i) == 1 &&
                                  count_disk_steps(plan, STEP_ERASE_DISK, i) == 1,
                          "a chosen disk is not erased, or twice");
        }
        for (size_t i = 0; i < plan->step_count; i++) {
                const struct plan_step *step = &plan->steps[i];
                const struct inventory_disk *disk;
                bool on_disk = step->kind == STEP_DESTROY_DISK_KEYS || step->kind == STEP_ERASE_DISK;

                INVARIANT(on_disk == (step->further_disk > 0) && step->further_disk <= plan->disks.count,
                          "a step is on a disk that is not chosen");
                if (!on_disk)
                        continue;
                disk = &inventory->disks[plan->disks.chosen[step->further_disk - 1].disk];
                INVARIANT(step->start_bytes == 0 && step->size_bytes <= disk->media.size_bytes, "a step leaves its disk");
                INVARIANT(step->size_bytes == disk->media.size_bytes ||
                                  (step->kind == STEP_DESTROY_DISK_KEYS && step->size_bytes == UINT64_C(136) << 20),
                          "a disk is erased in part");
                INVARIANT(step->method != ERASE_METHOD_DISCARD, "a further disk is only discarded");
        }
        return NULL;
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
                INVARIANT(fate != FATE_UNDECLARED || plan->first_boot || policy->settings.undeclared == UNDECLARED_KEEP ||
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

/* What is marked is erased, and the TPM is cleared where it has to be. */
static const char *check_complete(const struct plan *plan, const struct request *request, const struct policy *policy,
                                  const struct inventory *inventory)
{
        const bool begun_as_first_boot = plan->begun_as_first_boot;

        INVARIANT(!begun_as_first_boot || !request, "a reset that was asked for is taken for a first boot");
        INVARIANT(!begun_as_first_boot || !inventory->built_before, "a device that lost its partitions is taken for a new one");
        INVARIANT(begun_as_first_boot || !plan->first_boot, "a first boot has not begun as one");
        INVARIANT(begun_as_first_boot || plan->tpm_clear != TPM_CLEAR_REQUIRED || find_step(plan, STEP_CLEAR_TPM, -1, -1) >= 0,
                  "the TPM is not cleared");
        INVARIANT(begun_as_first_boot || plan->tpm_clear != TPM_CLEAR_REQUIRED || plan->tpm_way != TPM_WAY_NONE,
                  "a clear that is required has no way");
        INVARIANT(find_step(plan, STEP_CLEAR_TPM, -1, -1) < 0 || (!begun_as_first_boot && plan->tpm_clear != TPM_CLEAR_SKIP),
                  "the TPM is cleared without being asked for");
        INVARIANT(policy->settings.hooks_after_rebuild == (find_step(plan, STEP_RUN_HOOKS, -1, -1) >= 0),
                  "hooks are run unasked, or not");
        INVARIANT(plan->first_boot == (find_step(plan, STEP_CLEAN_ESP, -1, -1) < 0) &&
                          plan->first_boot == (find_step(plan, STEP_CLEAN_VARIABLES, -1, -1) < 0) &&
                          plan->first_boot == (find_step(plan, STEP_CLEAN_TABLE, -1, -1) < 0),
                  "what lies beyond partitions is left, or a first boot cleans");
        for (size_t p = 0; p < inventory->partition_count && !plan->first_boot; p++)
                INVARIANT(!(inventory->partitions[p].attributes & GPT_ATTRIBUTE_ERASE) ||
                                  inventory->partitions[p].role != ROLE_OTHER || is_erased(plan, p),
                          "a partition marked on the disk is kept");
        for (size_t p = 0; p < inventory->partition_count && !plan->first_boot; p++)
                INVARIANT(!must_be_erased(policy, inventory, p) || is_erased(plan, p), "a partition marked by the image is kept");
        return NULL;
}

/* Member by member: what lies between members is nobody's promise. */
__attribute__((unused)) static bool is_same_plan(const struct plan *a, const struct plan *b)
{
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
                    one->size_bytes != other->size_bytes || one->why != other->why || one->further_disk != other->further_disk)
                        return false;
        }
        return a->disks.count == b->disks.count && a->disks.refusal == b->disks.refusal;
}

static const char *check_wrong_disk(const struct plan *plan, const struct inventory *inventory)
{
        bool known = !guid_is_zero(&inventory->disk_expected),
             same = guid_equal(&inventory->disk_expected, &inventory->disk_uuid);

        for (size_t i = 0; known && !same && i < plan->step_count; i++)
                INVARIANT(!is_old_kind(plan->steps[i].kind) && plan->steps[i].kind != STEP_ERASE_UNALLOCATED &&
                                  plan->steps[i].further_disk == 0,
                          "another disk is erased");
        return NULL;
}

static const char *plan_violation(const struct plan *plan, const struct request *request, const struct policy *policy,
                                  const struct inventory *inventory)
{
        const char *violation = NULL;

        INVARIANT(plan->step_count <= PLAN_STEPS_MAX && plan->refusal_count <= PLAN_REFUSALS_MAX, "a count leaves its array");
        INVARIANT((plan->refusal_count > 0) == (plan->step_count == 0), "a refused plan has steps, or one with neither");
        if (plan->refusal_count > 0)
                return NULL;
        for (size_t i = 0; i < plan->step_count && request; i++)
                INVARIANT(plan->steps[i].method != ERASE_METHOD_DISCARD || request->level < ERASE_LEVEL_CLEAR,
                          "less is done than was asked for");
        violation = check_order(plan);
        if (!violation)
                violation = check_unallocated(plan, policy, inventory);
        for (size_t i = 0; !violation && i < plan->step_count; i++) {
                if (is_old_kind(plan->steps[i].kind))
                        violation = check_old_step(plan, &plan->steps[i], policy, inventory);
                else if (is_new_kind(plan->steps[i].kind))
                        violation = check_new_step(plan, i, policy, inventory);
        }
        if (!violation)
                violation = check_disks(plan, policy, inventory);
        if (!violation)
                violation = check_wrong_disk(plan, inventory);
        if (!violation)
                violation = check_complete(plan, request, policy, inventory);
        return violation ? violation : check_fates(plan, policy, inventory);
}

#endif
