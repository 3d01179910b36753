/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules for the boot disk and for the plan as a whole; those for additional disks are in plan-guard-disks.c, those for what
 * grows in plan-guard-growth.c, those for what is merged in plan-guard-supplement.c. */
#include "common/base/partition-type.h"
#include "common/plan/plan-guard-range.h"

#define GRAIN_BYTES     UINT64_C(4096)
#define SIGNATURE_BYTES (UINT64_C(16) << 10)

/* -- which partitions may, and which must be erased -- */

int plan_guard_definition_of(const struct policy *policy, const struct inventory *inventory, size_t index)
{
        const struct inventory_partition *partition = &inventory->partitions[index];
        size_t earlier = 0;

        for (size_t p = 0; p < inventory->partition_count; p++)
                earlier += inventory->partitions[p].number < partition->number &&
                           guid_equal(&inventory->partitions[p].type, &partition->type);
        for (size_t d = 0; d < policy->partition_count; d++)
                if (guid_equal(&policy->partitions[d].type, &partition->type) && earlier-- == 0)
                        return (int)d;
        return -1;
}

/* Nobody's by its slot, and by type and label one that FactoryReset=yes means. */
static bool looks_like_a_marked_one(const struct policy *policy, const struct inventory_partition *partition)
{
        for (size_t d = 0; d < policy->partition_count; d++)
                if (policy->partitions[d].factory_reset && guid_equal(&policy->partitions[d].type, &partition->type) &&
                    text_length(partition->name) > 0 && text_equal(policy->partitions[d].label, partition->name))
                        return true;
        return false;
}

/* As much of it as was its definition's when the device last started, if it begins where that began; else all of it. */
static struct range range_of_old(const struct policy *policy, const struct inventory *inventory, size_t index)
{
        struct range range = range_of_partition(&inventory->partitions[index]);
        const int definition = plan_guard_definition_of(policy, inventory, index);

        if (definition >= 0 && inventory->held[definition].start_bytes == range.start &&
            inventory->held[definition].size_bytes > 0 && inventory->held[definition].size_bytes < range.size)
                range.size = inventory->held[definition].size_bytes;
        return range;
}

/* Lies where a partition lay that the image marks. */
static bool held_a_marked_one(const struct policy *policy, const struct inventory *inventory, size_t index)
{
        for (size_t d = 0; d < policy->partition_count && d < POLICY_PARTITIONS_MAX; d++)
                if (policy->partitions[d].factory_reset &&
                    ranges_meet(range_of_old(policy, inventory, index),
                                (struct range){ inventory->held[d].start_bytes, inventory->held[d].size_bytes }))
                        return true;
        return false;
}

/* What the image says of it, whatever its attributes are. */
static bool is_marked_by_image(const struct policy *policy, const struct inventory *inventory, size_t index)
{
        const struct inventory_partition *partition = &inventory->partitions[index];
        const int definition = plan_guard_definition_of(policy, inventory, index);

        if (partition->role != ROLE_OTHER)
                return false;
        if (definition >= 0)
                return policy->partitions[definition].factory_reset || (inventory->half_made >> definition & 1) ||
                       held_a_marked_one(policy, inventory, index);
        return policy->settings.undeclared == UNDECLARED_ERASE ||
               (policy->settings.lookalikes == LOOKALIKES_ERASE && looks_like_a_marked_one(policy, partition));
}

/* What a first boot has found stays, whatever the image says of it; what it has itself begun to build goes. */
static bool spares_what_it_found(const struct plan *plan, const struct inventory *inventory)
{
        return plan->begun_as_first_boot && !inventory->half_made_unknown;
}

static bool is_half_made(const struct policy *policy, const struct inventory *inventory, size_t index)
{
        const int definition = plan_guard_definition_of(policy, inventory, index);

        return inventory->partitions[index].role == ROLE_OTHER && definition >= 0 && (inventory->half_made >> definition & 1);
}

/* A partition that is never erased, taken for one that has to be: only slots for images may be marked and stay, one of them. */
static bool hides_a_volume(const struct policy *policy, const struct inventory *inventory, size_t index)
{
        const int definition = plan_guard_definition_of(policy, inventory, index);
        const enum partition_role role = inventory->partitions[index].role;

        if (role == ROLE_OTHER || definition < 0 || !policy->partitions[definition].factory_reset)
                return false;
        return role == ROLE_ESP || policy->partitions[definition].format[0] != '\0' ||
               !partition_type_is_image(&policy->partitions[definition].type);
}

static bool may_be_erased(const struct plan_step *step, const struct policy *policy, const struct inventory *inventory)
{
        const struct inventory_partition *partition = &inventory->partitions[step->partition];

        return partition->role == ROLE_OTHER &&
               (partition->attributes & GPT_ATTRIBUTE_ERASE || is_marked_by_image(policy, inventory, (size_t)step->partition));
}

/* -- the rules -- */

/* Unallocated space lies in several places. */
static bool is_repeated(const struct plan *plan, size_t index)
{
        const struct plan_step *step = &plan->steps[index];

        for (size_t i = 0; i < index; i++)
                if (plan->steps[i].kind == step->kind && step->kind != STEP_ERASE_UNALLOCATED &&
                    plan->steps[i].partition == step->partition && plan->steps[i].definition == step->definition &&
                    plan->steps[i].additional_disk == step->additional_disk)
                        return true;
        return false;
}

static const char *guard_order(const struct plan *plan)
{
        bool keys_over = false;

        GUARD(plan->steps[0].kind == STEP_COMMIT_PROGRESS, "the first step does not commit");
        GUARD(plan->steps[plan->step_count - 1].kind == STEP_RETIRE_REQUEST, "the request is not retired last");
        GUARD(has_step(plan, STEP_WRITE_RECORD), "no record is written");
        for (size_t i = 0; i < plan->step_count; i++) {
                const enum step_kind kind = plan->steps[i].kind;
                const bool takes_keys = kind == STEP_DESTROY_KEYS || kind == STEP_DESTROY_DISK_KEYS;

                GUARD((unsigned)kind < STEP_COUNT, "a step is of no kind");
                GUARD(i == 0 || kind != STEP_COMMIT_PROGRESS, "a step comes before the commit");
                GUARD(!(takes_keys && keys_over), "keys are destroyed after something else");
                keys_over |= !takes_keys && step_traits(kind)->act != STEP_COMMITS;
                GUARD(i == 0 || step_traits(kind)->phase >= step_traits(plan->steps[i - 1].kind)->phase,
                      "a step comes before one of an earlier phase");
                GUARD(!is_repeated(plan, i), "a step is done twice");
        }
        return NULL;
}

static const char *guard_method(const struct plan_step *step, const struct policy *policy, const struct inventory *inventory)
{
        const struct settings *settings = &policy->settings;

        GUARD(step->method == ERASE_METHOD_DISCARD || step->method == ERASE_METHOD_ZERO || step->method == ERASE_METHOD_KEYSTREAM,
              "an erasure has no method");
        if (step->method != ERASE_METHOD_DISCARD) {
                GUARD((step->method == ERASE_METHOD_KEYSTREAM) == (settings->overwrite == PATTERN_KEYSTREAM),
                      "something else is written than the policy says");
                return NULL;
        }
        GUARD(settings->erase_level != ERASE_LEVEL_CLEAR, "less is erased than the policy says");
        GUARD(inventory->partitions[step->partition].content != CONTENT_UNKNOWN && step->definition >= 0 &&
                      policy->partitions[step->definition].encrypt != ENCRYPT_OFF && settings->without_tpm == WITHOUT_TPM_REFUSE,
              "what may be plain text is only discarded");
        return NULL;
}

static const char *guard_old_step(const struct plan *plan, const struct plan_step *step, const struct policy *policy,
                                  const struct inventory *inventory)
{
        const struct range range = range_of_step(step);
        const struct inventory_partition *partition;

        GUARD(!plan->first_boot, "a first boot erases");
        GUARD(step->partition >= 0 && (size_t)step->partition < inventory->partition_count, "a step has no partition");
        GUARD(step->definition < (int)policy->partition_count, "a step has no definition");
        partition = &inventory->partitions[step->partition];
        GUARD(may_be_erased(step, policy, inventory), "something unmarked, the ESP or the image is erased");
        GUARD(!spares_what_it_found(plan, inventory) || is_half_made(policy, inventory, (size_t)step->partition),
              "a first boot erases what it has found");
        GUARD(step->start_bytes == partition->start_bytes && range_lies_in(range, range_of_partition(partition)),
              "a step leaves its partition");
        GUARD(step->definition < 0 || has_step_for(plan, STEP_CREATE_ENTRY, step->definition), "what is erased is not rebuilt");
        GUARD(step->kind == STEP_DESTROY_KEYS || step->size_bytes == partition->size_bytes, "a partition is erased in part");
        GUARD(step->size_bytes == partition->size_bytes || step->size_bytes == PLAN_GUARD_KEY_AREA_BYTES,
              "key material is left over");
        GUARD(has_step_on(plan, STEP_DESTROY_KEYS, step->partition) && has_step_on(plan, STEP_ERASE, step->partition) &&
                      (step->definition >= 0) != has_step_on(plan, STEP_DELETE_ENTRY, step->partition),
              "a partition is destroyed, erased and replaced or deleted, but not all of it");
        GUARD(step->definition == plan_guard_definition_of(policy, inventory, (size_t)step->partition),
              "a partition is taken for another definition's");
        for (size_t p = 0; p < inventory->partition_count; p++)
                GUARD(p == (size_t)step->partition || !ranges_meet(range, range_of_partition(&inventory->partitions[p])),
                      "a step reaches into another partition");
        return step->kind == STEP_ERASE ? guard_method(step, policy, inventory) : NULL;
}

/* What of a partition is somebody's: of the image's, as far as it is vouched for. */
static struct range claimed_range(const struct inventory_partition *partition, uint64_t sector_size)
{
        struct range range = range_of_partition(partition);

        if (partition->role == ROLE_IMAGE && partition->used_bytes > 0 && partition->used_bytes < range.size) {
                uint64_t sectors = partition->used_bytes / sector_size + (partition->used_bytes % sector_size > 0);

                if (sectors <= range.size / sector_size)
                        range.size = sectors * sector_size;
        }
        return range;
}

static const char *guard_unallocated(const struct plan *plan, const struct plan_step *step, const struct policy *policy,
                                     const struct inventory *inventory)
{
        const struct range range = range_of_step(step);
        uint64_t spared = policy->settings.unallocated == UNALLOCATED_ERASE ? policy->settings.boot_loader_bytes : 0;

        GUARD(!plan->first_boot && policy->settings.unallocated != UNALLOCATED_LEAVE && !inventory->unallocated_done &&
                      inventory->sector_size > 0,
              "unallocated space is erased though it is not meant");
        GUARD(range_lies_in(range, usable_range(inventory)), "unallocated space leaves the usable range");
        GUARD(step->method == ERASE_METHOD_ZERO || step->method == ERASE_METHOD_KEYSTREAM,
              "unallocated space may hold plain text");
        GUARD(!ranges_meet(range, (struct range){ inventory->entries_start_bytes, inventory->entries_size_bytes }),
              "the partition table is erased as unallocated space");
        for (size_t p = 0; p < inventory->partition_count; p++) {
                const struct inventory_partition *partition = &inventory->partitions[p];

                if (partition->start_bytes < spared)
                        spared = partition->start_bytes;
                GUARD(!ranges_meet(range, claimed_range(partition, inventory->sector_size)),
                      "a partition is erased as unallocated space");
        }
        GUARD(step->start_bytes >= spared, "the boot loader's area is erased");
        return NULL;
}

/* systemd-repart gives a signature its own size, whatever its definition says. */
static uint64_t smallest_of(const struct plan *plan, const struct policy *policy, size_t definition)
{
        return partition_type_is_verity_signature(&policy->partitions[definition].type)
                       ? SIGNATURE_BYTES
                       : plan_guard_smallest(plan, policy, definition);
}

static const char *guard_new_entry(const struct plan *plan, size_t index, const struct policy *policy,
                                   const struct inventory *inventory)
{
        const struct plan_step *step = &plan->steps[index];
        const struct range range = range_of_step(step);

        GUARD(step->start_bytes % GRAIN_BYTES == 0 && step->size_bytes % GRAIN_BYTES == 0, "a new partition is not aligned");
        GUARD(step->size_bytes > 0 && step->size_bytes >= smallest_of(plan, policy, (size_t)step->definition),
              "a new partition is too small");
        GUARD(range_lies_in(range, usable_range(inventory)), "a new partition leaves the usable range");
        for (size_t p = 0; p < inventory->partition_count; p++)
                GUARD(is_erased(plan, p) || !ranges_meet(range, range_of_partition(&inventory->partitions[p])),
                      "a new partition overlaps an old one");
        for (size_t i = 0; i < plan->step_count; i++)
                GUARD(i == index || (plan->steps[i].kind != STEP_CREATE_ENTRY && plan->steps[i].kind != STEP_GROW_ENTRY) ||
                              !ranges_meet(range, range_of_step(&plan->steps[i])),
                      "two new partitions overlap");
        return NULL;
}

/* The slot of what it replaces; or one that is free, behind all that is of its type, so that the next reset takes each partition
 * for the same definition's as this one. */
static const char *guard_slot(const struct plan *plan, int definition, const struct policy *policy,
                              const struct inventory *inventory)
{
        const uint32_t number = plan->entries[definition].number;
        const struct guid *type = &policy->partitions[definition].type;
        bool replaces = false;

        for (size_t p = 0; p < inventory->partition_count; p++)
                replaces |=
                        inventory->partitions[p].number == number && plan_guard_definition_of(policy, inventory, p) == definition;
        for (size_t p = 0; p < inventory->partition_count && !replaces; p++) {
                const struct inventory_partition *partition = &inventory->partitions[p];
                const bool goes = has_step_on(plan, STEP_DELETE_ENTRY, (int)p);

                GUARD(goes || partition->number != number, "a new partition takes the slot of another one");
                GUARD(goes || partition->number < number || !guid_equal(&partition->type, type),
                      "a new partition comes in front of one of its type");
        }
        for (size_t p = 0; p < inventory->partition_count; p++)
                GUARD(replaces || plan_guard_definition_of(policy, inventory, p) != definition,
                      "a partition is rebuilt in another slot");
        for (size_t d = (size_t)definition + 1; d < policy->partition_count; d++)
                GUARD(!has_step_for(plan, STEP_CREATE_ENTRY, (int)d) || plan->entries[d].number != number,
                      "two new partitions have one slot");
        return number > 0 && number <= INVENTORY_PARTITIONS_MAX ? NULL : "a new partition has no slot";
}

/* What is built before what, of one definition; in an addition the entry is the last of all. */
static const enum step_kind building[] = { STEP_CREATE_ENTRY, STEP_ENCRYPT, STEP_MAKE_FILE_SYSTEM, STEP_COPY_TREE,
                                           STEP_VERIFY_TREE };

static const char *guard_entries_are_last(const struct plan *plan, size_t index)
{
        for (size_t i = index + 1; i < plan->step_count; i++)
                GUARD(plan->steps[i].kind == STEP_CREATE_ENTRY, "the table has an entry for what is not complete");
        return NULL;
}

static const char *guard_building_order(const struct plan *plan, size_t index)
{
        const struct plan_step *step = &plan->steps[index];
        size_t place = 0;

        if (plan->is_addition && step->kind == STEP_CREATE_ENTRY)
                return guard_entries_are_last(plan, index);

        while (place + 1 < ARRAY_SIZE(building) && building[place] != step->kind)
                place++;
        for (size_t i = 0; i < index; i++) {
                GUARD(plan->steps[i].kind != STEP_RUN_HOOKS, "hooks run before all is verified");
                for (size_t later = place + 1; later < ARRAY_SIZE(building); later++)
                        GUARD(plan->steps[i].kind != building[later] || plan->steps[i].definition != step->definition,
                              "a partition is filled before it is made");
        }
        for (size_t i = index + 1; i < plan->step_count; i++)
                GUARD(plan->steps[i].kind != STEP_DELETE_ENTRY, "something is built before the old entries are gone");
        return NULL;
}

static const char *guard_new_step(const struct plan *plan, size_t index, const struct policy *policy,
                                  const struct inventory *inventory)
{
        const struct plan_step *step = &plan->steps[index];
        const struct partition_definition *definition;
        const char *broken;
        bool encrypted;

        GUARD(step->definition >= 0 && (size_t)step->definition < policy->partition_count, "a step has no definition");
        GUARD(step->partition < 0, "a new partition claims an old entry");
        GUARD(has_step_for(plan, STEP_CREATE_ENTRY, step->definition), "something is built without an entry");
        definition = &policy->partitions[step->definition];
        encrypted = has_step_for(plan, STEP_ENCRYPT, step->definition);
        GUARD(encrypted == (definition->encrypt != ENCRYPT_OFF && inventory->tpm.present), "encryption is not as defined");
        GUARD(encrypted || definition->encrypt == ENCRYPT_OFF || policy->settings.without_tpm == WITHOUT_TPM_PLAIN,
              "plain text where the policy does not allow it");
        GUARD(has_step_for(plan, STEP_COPY_TREE, step->definition) == has_step_for(plan, STEP_VERIFY_TREE, step->definition),
              "a tree is not verified");
        GUARD((definition->format[0] != '\0') == has_step_for(plan, STEP_MAKE_FILE_SYSTEM, step->definition),
              "the file system is not as defined");
        broken = guard_building_order(plan, index);
        if (broken)
                return broken;
        if (step->kind != STEP_CREATE_ENTRY)
                return NULL;
        broken = guard_slot(plan, step->definition, policy, inventory);
        return broken ? broken : guard_new_entry(plan, index, policy, inventory);
}

static const char *guard_step(const struct plan *plan, size_t index, const struct request *request, const struct policy *policy,
                              const struct inventory *inventory)
{
        const struct plan_step *step = &plan->steps[index];

        GUARD(step->method != ERASE_METHOD_DISCARD || !request || request->level < ERASE_LEVEL_CLEAR,
              "less is erased than was asked for");
        switch (step->kind) {
        case STEP_DESTROY_KEYS:
        case STEP_ERASE:
        case STEP_DELETE_ENTRY:
                GUARD(!is_another_disk(inventory), "another disk is erased");
                return guard_old_step(plan, step, policy, inventory);
        case STEP_ERASE_UNALLOCATED:
                GUARD(!is_another_disk(inventory), "another disk is erased");
                return guard_unallocated(plan, step, policy, inventory);
        case STEP_GROW_ENTRY:
                GUARD(step->partition >= 0 && (size_t)step->partition < inventory->partition_count, "a step has no partition");
                GUARD(step->definition >= 0 &&
                              step->definition == plan_guard_definition_of(policy, inventory, (size_t)step->partition),
                      "a partition grows by another definition");
                return plan_guard_growth(plan, index, policy, inventory);
        case STEP_CREATE_ENTRY:
        case STEP_ENCRYPT:
        case STEP_MAKE_FILE_SYSTEM:
        case STEP_COPY_TREE:
        case STEP_VERIFY_TREE:
                return guard_new_step(plan, index, policy, inventory);
        case STEP_DESTROY_DISK_KEYS:
        case STEP_ERASE_DISK:
                GUARD(!is_another_disk(inventory), "another disk is erased");
                return NULL;
        default:
                return NULL;
        }
}

/* What is marked is erased, and the TPM is cleared where it has to be. */
static const char *guard_complete(const struct plan *plan, const struct request *request, const struct policy *policy,
                                  const struct inventory *inventory)
{
        const bool finds = spares_what_it_found(plan, inventory);
        const bool clears = has_step(plan, STEP_CLEAR_TPM), required = plan->tpm_clear == TPM_CLEAR_REQUIRED;

        GUARD(!plan->begun_as_first_boot || !request, "a reset that was asked for is taken for a first boot");
        GUARD(!plan->begun_as_first_boot || !inventory->built_before, "a device that lost its partitions is taken for a new one");
        GUARD(plan->begun_as_first_boot || !plan->first_boot, "a first boot has not begun as one");
        GUARD(plan->begun_as_first_boot || plan->tpm_clear == TPM_CLEAR_SKIP || clears || (!required && !inventory->tpm.present),
              "the TPM is not cleared");
        GUARD(policy->settings.hooks_after_rebuild == has_step(plan, STEP_RUN_HOOKS), "hooks are run unasked, or not");
        GUARD(plan->begun_as_first_boot || !required || plan->tpm_way != TPM_WAY_NONE, "a clear that is required has no way");
        GUARD(!clears || (!plan->begun_as_first_boot && plan->tpm_clear != TPM_CLEAR_SKIP),
              "the TPM is cleared without being asked for");
        GUARD(plan->first_boot || (has_step(plan, STEP_CLEAN_ESP) && has_step(plan, STEP_CLEAN_VARIABLES) &&
                                   has_step(plan, STEP_CLEAN_TABLE)),
              "what lies beyond partitions is left");
        for (size_t p = 0; p < inventory->partition_count; p++) {
                const struct inventory_partition *partition = &inventory->partitions[p];
                const bool stays = !plan->first_boot && !is_erased(plan, p);

                GUARD(!stays || finds || partition->role != ROLE_OTHER || !(partition->attributes & GPT_ATTRIBUTE_ERASE),
                      "a partition marked on the disk is kept");
                GUARD(!stays || finds || !is_marked_by_image(policy, inventory, p), "a partition marked by the image is kept");
                GUARD(!hides_a_volume(policy, inventory, p), "ESP or image stand where a volume has to be erased");
                GUARD(!stays || !is_half_made(policy, inventory, p), "what was begun before the interruption is kept");
                GUARD((plan->fates[p] == FATE_ERASED) == is_erased(plan, p), "a partition's fate is told wrongly");
        }
        return NULL;
}

static const char *guard_addition_step(const struct plan *plan, size_t index, const struct policy *policy,
                                       const struct inventory *inventory)
{
        const int definition = plan->steps[index].definition;
        const char *broken;

        GUARD(step_traits(plan->steps[index].kind)->act == STEP_BUILDS, "an addition destroys or records something");
        GUARD(!is_repeated(plan, index), "a step is done twice");
        broken = guard_new_step(plan, index, policy, inventory);
        if (broken)
                return broken;
        GUARD(!(inventory->known >> definition & 1), "what was lost is built as if it were new");
        for (size_t p = 0; p < inventory->partition_count; p++)
                GUARD(plan_guard_definition_of(policy, inventory, p) != definition, "what is there is built once more");
        return NULL;
}

const char *plan_guard_addition(const struct plan *plan, const struct policy *policy, const struct inventory *inventory)
{
        const char *broken = NULL;

        GUARD(plan->is_addition && inventory->has_known && inventory->built_before,
              "a device of which nothing is known is added to");
        GUARD(plan->step_count <= PLAN_STEPS_MAX && plan->refusal_count <= PLAN_REFUSALS_MAX, "a count leaves its array");
        GUARD(plan->refusal_count == 0 || plan->step_count == 0, "a refused plan has steps");
        for (size_t i = 0; i < plan->step_count && !broken; i++)
                broken = guard_addition_step(plan, i, policy, inventory);
        for (size_t p = 0; p < inventory->partition_count && !broken; p++)
                broken = plan->fates[p] == FATE_ERASED ? "an addition takes something for erased" : NULL;
        return broken ? broken : plan_guard_supplements(plan, policy, inventory);
}

const char *plan_guard(const struct plan *plan, const struct request *request, const struct policy *policy,
                       const struct inventory *inventory)
{
        const char *broken;

        GUARD(plan->step_count <= PLAN_STEPS_MAX && plan->refusal_count <= PLAN_REFUSALS_MAX, "a count leaves its array");
        GUARD((plan->refusal_count > 0) == (plan->step_count == 0), "a refused plan has steps, or one with neither");
        if (plan->refusal_count > 0)
                return NULL;
        broken = guard_order(plan);
        for (size_t i = 0; i < plan->step_count && !broken; i++)
                broken = guard_step(plan, i, request, policy, inventory);
        if (!broken)
                broken = plan_guard_disks(plan, policy, inventory);
        if (!broken)
                broken = plan_guard_supplements(plan, policy, inventory);
        return broken ? broken : guard_complete(plan, request, policy, inventory);
}
