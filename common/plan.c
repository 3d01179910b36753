/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision. One draft is filled in order: match partitions to definitions (plan-match.c), mark what is erased, judge what
 * forbids it, lay out what is built; only an unrefused draft gets steps. What a plan says is plan-text.c's, where partitions go
 * is layout.c's. */
#include "common/plan.h"
#include "common/layout.h"
#include "common/memory.h"
#include "common/plan-match.h"

/* Both LUKS2 header copies and the largest keyslot area, wherever they lie (LUKS2 On-Disk Format 1.1, 2.1 and 3.2.1). */
#define KEY_AREA_MAX    ((UINT64_C(2) * 4 + 128) << 20)
#define LUKS_SIZE_MIN   (UINT64_C(32) << 20) /* header, keyslots and some room for data */
#define SECTOR_SIZE_MIN 512

_Static_assert(REFUSE_COUNT <= PLAN_REFUSALS_MAX, "every refusal has its place");
_Static_assert(INVENTORY_PARTITIONS_MAX <= LAYOUT_TAKEN_MAX, "every partition can be laid around");
_Static_assert(POLICY_PARTITIONS_MAX <= LAYOUT_DEMANDS_MAX, "every definition can be laid out");

struct draft {
        const struct policy *policy;
        const struct inventory *inventory;
        struct plan *plan;
        struct plan_matches matches;
        enum erase_level level;
        enum step_why marked[INVENTORY_PARTITIONS_MAX]; /* WHY_ALWAYS = not marked */
        bool build[POLICY_PARTITIONS_MAX];
        struct layout_area areas[POLICY_PARTITIONS_MAX]; /* of those to build */
};

static void refuse(struct draft *draft, enum refusal refusal)
{
        struct plan *plan = draft->plan;

        for (size_t i = 0; i < plan->refusal_count; i++)
                if (plan->refusals[i] == refusal)
                        return;
        plan->refusals[plan->refusal_count++] = refusal;
}

static bool is_marked(const struct draft *draft, size_t partition)
{
        return draft->marked[partition] != WHY_ALWAYS;
}

/* Carries type and label of a definition with FactoryReset=yes, which another partition took: no look-alike may hide the real
 * one. Its own definition, the one of the same label, would speak for it; one that fell back to the type alone does not. */
static bool is_double(const struct draft *draft, size_t p)
{
        const struct inventory_partition *partition = &draft->inventory->partitions[p];
        const struct partition_definition *definitions = draft->policy->partitions;
        int own = draft->matches.definition_of[p];

        if (own >= 0 && plan_is_named_as(partition, &definitions[own]))
                return false;
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (definitions[d].factory_reset && plan_is_named_as(partition, &definitions[d]))
                        return true;
        return false;
}

static enum step_why why_marked(const struct draft *draft, size_t p)
{
        const struct inventory_partition *partition = &draft->inventory->partitions[p];
        int definition = draft->matches.definition_of[p];

        if (draft->plan->first_boot || partition->role != ROLE_OTHER)
                return WHY_ALWAYS;
        if (definition >= 0 && draft->policy->partitions[definition].factory_reset)
                return WHY_FACTORY_RESET;
        if (is_double(draft, p))
                return WHY_DOUBLE;
        return partition->attributes & GPT_ATTRIBUTE_ERASE ? WHY_GPT_ATTRIBUTE : WHY_ALWAYS;
}

/* The policy marks by definition, the disk by attribute; neither can mark the ESP or the image. */
static void mark(struct draft *draft)
{
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                draft->marked[p] = why_marked(draft, p);
        for (size_t d = 0; d < draft->matches.definition_count; d++) {
                int partition = draft->matches.partition_of[d];
                draft->build[d] = partition < 0 || is_marked(draft, (size_t)partition);
        }
}

static size_t count_marked(const struct draft *draft)
{
        size_t count = 0;

        for (size_t p = 0; p < draft->matches.partition_count; p++)
                count += is_marked(draft, p);
        return count;
}

static size_t count_builds(const struct draft *draft)
{
        size_t count = 0;

        for (size_t d = 0; d < draft->matches.definition_count; d++)
                count += draft->build[d];
        return count;
}

/* A request may ask for more than the policy, never for less. The policy's order: required, try, skip; 0 is unset. */
static enum tpm_clear_policy stricter_clear(enum tpm_clear_policy policy, enum tpm_clear_policy requested)
{
        if (policy == TPM_CLEAR_UNSET)
                policy = TPM_CLEAR_REQUIRED;
        return requested != TPM_CLEAR_UNSET && requested < policy ? requested : policy;
}

static bool tpm_is_cleared(const struct draft *draft)
{
        const struct plan *plan = draft->plan;

        if (plan->first_boot || plan->tpm_clear == TPM_CLEAR_SKIP)
                return false;
        return draft->inventory->tpm.present || plan->tpm_clear == TPM_CLEAR_REQUIRED;
}

static bool is_encrypted(const struct draft *draft, size_t definition)
{
        return draft->policy->partitions[definition].encrypt != ENCRYPT_OFF && draft->inventory->tpm.present;
}

static void judge_machine(struct draft *draft)
{
        const struct inventory *inventory = draft->inventory;

        if (count_marked(draft) == 0 && count_builds(draft) == 0)
                refuse(draft, REFUSE_NO_DEFINITIONS);
        if (inventory->disk_read_only)
                refuse(draft, REFUSE_DISK_READ_ONLY);
        if (!inventory->efi_variables)
                refuse(draft, REFUSE_NO_EFI_VARIABLES);
        if (!inventory->esp_usable)
                refuse(draft, REFUSE_NO_ESP);
        if (draft->level == ERASE_LEVEL_PURGE && count_marked(draft) > 0)
                refuse(draft, REFUSE_LEVEL);
}

/* Another disk in the same place: its data is somebody else's, or a copy that nobody asked about. A fresh one has nothing to
 * lose, and a machine whose disk has died in the midst of a reset needs one. */
static bool is_another_disk(const struct inventory *inventory)
{
        return !guid_is_zero(&inventory->disk_expected) && !guid_equal(&inventory->disk_expected, &inventory->disk_uuid);
}

static void judge_identity(struct draft *draft)
{
        if (is_another_disk(draft->inventory) && (count_marked(draft) > 0 || draft->plan->disks.count > 0))
                refuse(draft, REFUSE_WRONG_DISK);
}

static void judge_further_disks(struct draft *draft)
{
        static const enum refusal refusals[DISK_REFUSAL_COUNT] = {
                [DISK_REFUSAL_TOO_MANY] = REFUSE_TOO_MANY_DISKS,
                [DISK_REFUSAL_MISSING] = REFUSE_DISK_MISSING,
                [DISK_REFUSAL_AMBIGUOUS] = REFUSE_DISK_AMBIGUOUS,
                [DISK_REFUSAL_BOOT] = REFUSE_DISK_IS_BOOT_DISK,
                [DISK_REFUSAL_READ_ONLY] = REFUSE_DISK_WRITE_PROTECTED,
                [DISK_REFUSAL_HELD] = REFUSE_DISK_HELD,
                [DISK_REFUSAL_EMPTY] = REFUSE_DISK_EMPTY,
                [DISK_REFUSAL_CANNOT_PURGE] = REFUSE_DISK_LEVEL,
        };
        enum disk_refusal refusal = draft->plan->disks.refusal;

        if (refusal != DISK_REFUSAL_NONE)
                refuse(draft, refusals[refusal]);
}

/* With "try" an unwilling TPM keeps its step, whose failure is reported; only "required" refuses beforehand. */
static void judge_tpm_clear(struct draft *draft)
{
        const struct tpm_facts *tpm = &draft->inventory->tpm;

        if (!tpm_is_cleared(draft) || draft->plan->tpm_clear != TPM_CLEAR_REQUIRED)
                return;
        if (!tpm->present) {
                refuse(draft, REFUSE_NO_TPM);
                return;
        }
        if (draft->plan->tpm_way != TPM_WAY_NONE)
                return;
        if (tpm->disable_clear)
                refuse(draft, REFUSE_TPM_DISABLE_CLEAR);
        if (tpm->lockout_auth_set && !tpm->lockout_auth_known)
                refuse(draft, REFUSE_TPM_LOCKOUT_AUTH);
        if (tpm->in_lockout)
                refuse(draft, REFUSE_TPM_LOCKED_OUT);
}

/* Swap has a format, but no tree. What is not mounted is in no manifest. */
static bool has_tree(const struct partition_definition *definition)
{
        return definition->format[0] != '\0' && !text_equal(definition->format, "swap") && definition->mount_point[0] != '\0';
}

/* Files that would be copied, but could not be verified, because the manifest names files by where they are mounted. */
static bool has_hidden_tree(const struct partition_definition *definition)
{
        return !has_tree(definition) && definition->copy_count + definition->directory_count > 0;
}

static void judge_definition(struct draft *draft, const struct partition_definition *definition)
{
        bool tpm = draft->inventory->tpm.present;

        if (definition->cannot_build || has_hidden_tree(definition))
                refuse(draft, REFUSE_CANNOT_BUILD);
        if (definition->encrypt == ENCRYPT_OFF)
                return;
        if (definition->encrypt != ENCRYPT_TPM2)
                refuse(draft, REFUSE_UNSUPPORTED_ENCRYPT);
        else if (!tpm && draft->policy->settings.without_tpm == WITHOUT_TPM_REFUSE)
                refuse(draft, REFUSE_NO_TPM);
        else if (tpm && !draft->inventory->signed_policy)
                refuse(draft, REFUSE_NO_SIGNED_POLICY);
}

static struct layout_area area_of(const struct inventory_partition *partition)
{
        return (struct layout_area){ .start_bytes = partition->start_bytes, .size_bytes = partition->size_bytes };
}

static struct layout_area usable_area(const struct inventory *inventory)
{
        struct layout_area area = { .start_bytes = inventory->first_usable_bytes };

        if (inventory->last_usable_bytes > inventory->first_usable_bytes)
                area.size_bytes = inventory->last_usable_bytes - inventory->first_usable_bytes + 1;
        return area;
}

/* The table is not authenticated: a marked partition laid over the ESP would have us erase the ESP. */
static bool marked_area_is_sound(const struct draft *draft, size_t marked)
{
        struct layout_area area = area_of(&draft->inventory->partitions[marked]), usable = usable_area(draft->inventory);

        if (area.size_bytes == 0 || area.size_bytes > UINT64_MAX - area.start_bytes)
                return false;
        if (area.start_bytes < usable.start_bytes || layout_area_end(&area) > layout_area_end(&usable))
                return false;
        for (size_t p = 0; p < draft->matches.partition_count; p++) {
                struct layout_area other = area_of(&draft->inventory->partitions[p]);

                if (p != marked && layout_areas_overlap(&area, &other))
                        return false;
        }
        return true;
}

static void judge_table(struct draft *draft)
{
        uint32_t sector = draft->inventory->sector_size;

        if (sector < SECTOR_SIZE_MIN || sector > LAYOUT_GRAIN_BYTES || (sector & (sector - 1)) != 0)
                refuse(draft, REFUSE_PARTITION_TABLE);
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                if (is_marked(draft, p) && !marked_area_is_sound(draft, p))
                        refuse(draft, REFUSE_PARTITION_TABLE);
}

static struct layout_demand demand_of(const struct partition_definition *definition)
{
        struct layout_demand demand = { definition->size_min_bytes, definition->size_max_bytes, definition->weight };

        if (definition->encrypt != ENCRYPT_OFF && demand.size_min_bytes < LUKS_SIZE_MIN)
                demand.size_min_bytes = LUKS_SIZE_MIN;
        return demand;
}

static void lay_out(struct draft *draft)
{
        struct layout_area taken[INVENTORY_PARTITIONS_MAX], placed[POLICY_PARTITIONS_MAX], free_area,
                usable = usable_area(draft->inventory);
        struct layout_demand demands[POLICY_PARTITIONS_MAX];
        size_t taken_count = 0, count = 0;

        for (size_t p = 0; p < draft->matches.partition_count; p++)
                if (!is_marked(draft, p))
                        taken[taken_count++] = area_of(&draft->inventory->partitions[p]);
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d])
                        demands[count++] = demand_of(&draft->policy->partitions[d]);
        free_area = layout_largest_free(&usable, taken, taken_count);
        if (layout_place(&free_area, demands, count, placed) != ERR_OK) {
                refuse(draft, REFUSE_NO_SPACE);
                return;
        }
        for (size_t d = 0, next = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d])
                        draft->areas[d] = placed[next++];
}

static void add(struct draft *draft, struct plan_step step)
{
        struct plan *plan = draft->plan;

        if (plan->step_count == PLAN_STEPS_MAX)
                refuse(draft, REFUSE_TOO_MANY_STEPS);
        else
                plan->steps[plan->step_count++] = step;
}

static void add_plain(struct draft *draft, enum step_kind kind)
{
        add(draft, (struct plan_step){ .kind = kind, .partition = -1, .definition = -1, .why = WHY_ALWAYS });
}

static enum erase_method overwriting_method(const struct draft *draft)
{
        return draft->policy->settings.overwrite == PATTERN_KEYSTREAM ? ERASE_METHOD_KEYSTREAM : ERASE_METHOD_ZERO;
}

/* Ciphertext without keys needs no overwriting. Zeros at the start of a partition prove nothing by themselves; they are taken for
 * an erased header only where the image has never let anything but ciphertext be written. */
static enum erase_method method_for(const struct draft *draft, size_t partition)
{
        enum partition_content content = draft->inventory->partitions[partition].content;
        int definition = draft->matches.definition_of[partition];
        bool never_plain = definition >= 0 && draft->policy->partitions[definition].encrypt != ENCRYPT_OFF &&
                           draft->policy->settings.without_tpm == WITHOUT_TPM_REFUSE;

        if (draft->level == ERASE_LEVEL_CLEAR)
                return overwriting_method(draft);
        if (content == CONTENT_LUKS || (content == CONTENT_BLANK && never_plain))
                return ERASE_METHOD_DISCARD;
        return overwriting_method(draft);
}

static struct plan_step old_step(const struct draft *draft, enum step_kind kind, size_t p)
{
        const struct inventory_partition *partition = &draft->inventory->partitions[p];
        struct plan_step step = {
                .kind = kind,
                .partition = (int)p,
                .definition = draft->matches.definition_of[p],
                .start_bytes = partition->start_bytes,
                .size_bytes = partition->size_bytes,
                .why = draft->marked[p],
        };

        if (kind == STEP_DESTROY_KEYS && step.size_bytes > KEY_AREA_MAX)
                step.size_bytes = KEY_AREA_MAX;
        if (kind != STEP_ERASE)
                return step;
        step.method = method_for(draft, p);
        if (step.method != ERASE_METHOD_DISCARD && partition->content != CONTENT_LUKS)
                step.why = WHY_MAY_HOLD_PLAIN;
        return step;
}

static void add_old(struct draft *draft, enum step_kind kind)
{
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                if (is_marked(draft, p))
                        add(draft, old_step(draft, kind, p));
}

/* `area` without what lies in front of the first of `taken`. */
static struct layout_area area_behind_first(struct layout_area area, const struct layout_area *taken, size_t taken_count)
{
        uint64_t end = layout_area_end(&area), first = taken_count > 0 ? UINT64_MAX : area.start_bytes;

        for (size_t i = 0; i < taken_count; i++)
                if (taken[i].start_bytes < first)
                        first = taken[i].start_bytes;
        if (first < area.start_bytes)
                first = area.start_bytes;
        return (struct layout_area){ .start_bytes = first, .size_bytes = end > first ? end - first : 0 };
}

/* Whoever drops an entry from the table has not erased anything: what is behind it may be a whole system's data. */
static void add_unallocated(struct draft *draft)
{
        struct layout_area taken[INVENTORY_PARTITIONS_MAX], gaps[INVENTORY_PARTITIONS_MAX + 1],
                usable = usable_area(draft->inventory);
        size_t count;

        if (draft->plan->first_boot || draft->inventory->unallocated_done || is_another_disk(draft->inventory) ||
            draft->policy->settings.unallocated == UNALLOCATED_LEAVE)
                return;
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                taken[p] = area_of(&draft->inventory->partitions[p]);
        if (draft->policy->settings.unallocated == UNALLOCATED_ERASE)
                usable = area_behind_first(usable, taken, draft->matches.partition_count);
        count = layout_gaps(&usable, taken, draft->matches.partition_count, gaps, ARRAY_SIZE(gaps));
        for (size_t i = 0; i < count; i++)
                add(draft, (struct plan_step){ .kind = STEP_ERASE_UNALLOCATED,
                                               .partition = -1,
                                               .definition = -1,
                                               .method = overwriting_method(draft),
                                               .start_bytes = gaps[i].start_bytes,
                                               .size_bytes = gaps[i].size_bytes,
                                               .why = WHY_UNALLOCATED });
}

/* Ciphertext without keys needs no overwriting on a disk that is one LUKS volume from its first byte on; anything else may be
 * plain text somewhere. */
static enum erase_method disk_method(const struct draft *draft, const struct chosen_disk *chosen)
{
        enum partition_content content = draft->inventory->disks[chosen->disk].content;

        if (chosen->level == ERASE_LEVEL_PURGE)
                return ERASE_METHOD_PURGE;
        return chosen->level == ERASE_LEVEL_CRYPTO && content == CONTENT_LUKS ? ERASE_METHOD_DISCARD : overwriting_method(draft);
}

static void add_disks(struct draft *draft, enum step_kind kind)
{
        const struct disk_choice *choice = &draft->plan->disks;

        for (size_t i = 0; i < choice->count; i++) {
                const struct chosen_disk *chosen = &choice->chosen[i];
                const struct inventory_disk *disk = &draft->inventory->disks[chosen->disk];
                bool keys = kind == STEP_DESTROY_DISK_KEYS, declared = choice->fates[chosen->disk] == DISK_FATE_DECLARED;

                add(draft,
                    (struct plan_step){
                            .kind = kind,
                            .partition = -1,
                            .definition = -1,
                            .further_disk = (uint32_t)i + 1,
                            .method = keys ? ERASE_METHOD_NONE : disk_method(draft, chosen),
                            .size_bytes = keys && disk->media.size_bytes > KEY_AREA_MAX ? KEY_AREA_MAX : disk->media.size_bytes,
                            .why = declared ? WHY_DECLARED_DISK : WHY_INTERNAL_DISK,
                    });
        }
}

static void add_new(struct draft *draft, enum step_kind kind, size_t definition)
{
        bool rebuild = draft->matches.partition_of[definition] >= 0;

        add(draft, (struct plan_step){
                           .kind = kind,
                           .partition = -1,
                           .definition = (int)definition,
                           .start_bytes = draft->areas[definition].start_bytes,
                           .size_bytes = draft->areas[definition].size_bytes,
                           .why = rebuild ? WHY_REBUILD : WHY_ABSENT,
                   });
}

static void add_building(struct draft *draft)
{
        const struct partition_definition *definitions = draft->policy->partitions;
        size_t count = draft->matches.definition_count;

        for (size_t d = 0; d < count; d++)
                if (draft->build[d])
                        add_new(draft, STEP_CREATE_ENTRY, d);
        for (size_t d = 0; d < count; d++) {
                if (draft->build[d] && is_encrypted(draft, d))
                        add_new(draft, STEP_ENCRYPT, d);
                if (draft->build[d] && definitions[d].format[0] != '\0')
                        add_new(draft, STEP_MAKE_FILE_SYSTEM, d);
                if (draft->build[d] && has_tree(&definitions[d]))
                        add_new(draft, STEP_COPY_TREE, d);
        }
        for (size_t d = 0; d < count; d++)
                if (draft->build[d] && has_tree(&definitions[d]))
                        add_new(draft, STEP_VERIFY_TREE, d);
        if (draft->policy->settings.hooks_after_rebuild)
                add_plain(draft, STEP_RUN_HOOKS);
}

static void add_steps(struct draft *draft)
{
        add_plain(draft, STEP_COMMIT_PROGRESS);
        add_old(draft, STEP_DESTROY_KEYS);
        add_disks(draft, STEP_DESTROY_DISK_KEYS);
        if (tpm_is_cleared(draft))
                add_plain(draft, STEP_CLEAR_TPM);
        add_old(draft, STEP_ERASE);
        add_unallocated(draft);
        add_disks(draft, STEP_ERASE_DISK);
        if (!draft->plan->first_boot) {
                add_plain(draft, STEP_CLEAN_ESP);
                add_plain(draft, STEP_CLEAN_VARIABLES);
        }
        add_old(draft, STEP_DELETE_ENTRY);
        if (draft->plan->first_boot)
                add_plain(draft, STEP_NAME_DISK);
        add_building(draft);
        add_plain(draft, STEP_WRITE_RECORD);
        add_plain(draft, STEP_RETIRE_REQUEST);
}

bool plan_verifies(const struct plan *plan, size_t definition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_VERIFY_TREE && plan->steps[i].definition == (int)definition)
                        return true;
        return false;
}

void plan_build(const struct request *request, const struct policy *policy, const struct inventory *inventory, struct plan *ret)
{
        struct draft draft = { .policy = policy, .inventory = inventory, .plan = ret, .level = policy->settings.erase_level };

        memset(ret, 0, sizeof(*ret));
        plan_match(policy, inventory, &draft.matches);
        ret->first_boot = !request && plan_is_first_boot(policy, inventory, NULL);
        ret->tpm_clear = stricter_clear(policy->settings.tpm_clear, request ? request->tpm_clear : TPM_CLEAR_UNSET);
        if (request && request->level > draft.level)
                draft.level = request->level;
        ret->level = draft.level;

        ret->disks.refused_definition = ret->disks.refused_disk = -1;
        if (!ret->first_boot)
                disk_choose(&policy->settings, inventory, request ? request->level : ERASE_LEVEL_UNSET, &ret->disks);
        if (tpm_is_cleared(&draft))
                ret->tpm_way = tpm_clear_way_choose(&inventory->tpm);
        mark(&draft);
        judge_identity(&draft);
        judge_machine(&draft);
        judge_further_disks(&draft);
        judge_tpm_clear(&draft);
        for (size_t d = 0; d < draft.matches.definition_count; d++)
                if (draft.build[d])
                        judge_definition(&draft, &policy->partitions[d]);
        judge_table(&draft);
        lay_out(&draft);
        if (ret->refusal_count == 0)
                add_steps(&draft);
        if (ret->refusal_count > 0)
                ret->step_count = 0;
}
