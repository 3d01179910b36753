/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that destroy what is there, on the boot disk and on further ones. */
#include "common/plan/plan-draft.h"

/* Both LUKS2 header copies and the largest keyslot area, wherever they lie (LUKS2 On-Disk Format 1.1, 2.1 and 3.2.1). */
#define KEY_AREA_MAX ((UINT64_C(2) * 4 + 128) << 20)

static enum erase_method overwriting_method(const struct plan_draft *draft)
{
        return draft->policy->settings.overwrite == PATTERN_KEYSTREAM ? ERASE_METHOD_KEYSTREAM : ERASE_METHOD_ZERO;
}

/* Ciphertext without keys needs no overwriting. That it is ciphertext, the first bytes do not prove: the image must never have
 * let anything else be written; and the device must be seen to have given the blocks back (discard-evidence.h), else the step
 * overwrites all the same. */
static enum erase_method method_for(const struct plan_draft *draft, size_t partition)
{
        enum partition_content content = draft->inventory->partitions[partition].content;
        int definition = draft->matches.definition_of[partition];
        bool never_plain = definition >= 0 && draft->policy->partitions[definition].encrypt != ENCRYPT_OFF &&
                           draft->policy->settings.without_tpm == WITHOUT_TPM_REFUSE;

        if (draft->level == ERASE_LEVEL_CLEAR || !never_plain || content == CONTENT_UNKNOWN)
                return overwriting_method(draft);
        return ERASE_METHOD_DISCARD;
}

static struct plan_step old_step(const struct plan_draft *draft, enum step_kind kind, size_t p)
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
        if (step.method != ERASE_METHOD_DISCARD && step.why != WHY_UNDECLARED &&
            (partition->content != CONTENT_LUKS || draft->level != ERASE_LEVEL_CLEAR))
                step.why = WHY_MAY_HOLD_PLAIN;
        return step;
}

/* Its slot is its definition's, which is built into it. */
static bool is_replaced(const struct plan_draft *draft, size_t p)
{
        int definition = draft->matches.definition_of[p];

        return definition >= 0 && draft->build[definition];
}

void plan_add_old(struct plan_draft *draft, enum step_kind kind)
{
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                if (plan_is_marked(draft, p) && (kind != STEP_DELETE_ENTRY || !is_replaced(draft, p)))
                        plan_add(draft, old_step(draft, kind, p));
}

/* As far as it is the partition's: of one of the image what lies beyond the verified data is nobody's. */
static struct layout_area vouched_area(const struct plan_draft *draft, size_t p)
{
        const struct inventory_partition *partition = &draft->inventory->partitions[p];
        struct layout_area area = plan_area_of(partition);
        uint64_t sector = draft->inventory->sector_size, used = partition->used_bytes;

        if (partition->role != ROLE_IMAGE || used == 0 || sector == 0 || used > UINT64_MAX - sector)
                return area;
        used = (used + sector - 1) / sector * sector;
        if (used < area.size_bytes)
                area.size_bytes = used;
        return area;
}

static bool erases_unallocated(const struct plan_draft *draft)
{
        return !draft->plan->first_boot && !draft->inventory->unallocated_done && !plan_is_another_disk(draft->inventory) &&
               draft->policy->settings.unallocated != UNALLOCATED_LEAVE;
}

/* Whoever drops an entry from the table has not erased anything: what lies there may be a whole system's data. */
void plan_add_unallocated(struct plan_draft *draft)
{
        const struct inventory *inventory = draft->inventory;
        struct layout_area taken[LAYOUT_TAKEN_MAX] = { plan_entries_area(inventory), plan_boot_loader_area(draft) };
        struct layout_area gaps[LAYOUT_TAKEN_MAX + 1], usable = plan_usable_area(inventory);
        size_t count, taken_count = 2;

        if (!erases_unallocated(draft))
                return;
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                taken[taken_count++] = vouched_area(draft, p);
        count = layout_gaps(&usable, taken, taken_count, gaps, ARRAY_SIZE(gaps));
        for (size_t i = 0; i < count; i++)
                plan_add(draft, (struct plan_step){ .kind = STEP_ERASE_UNALLOCATED,
                                                    .partition = -1,
                                                    .definition = -1,
                                                    .method = overwriting_method(draft),
                                                    .start_bytes = gaps[i].start_bytes,
                                                    .size_bytes = gaps[i].size_bytes,
                                                    .why = WHY_UNALLOCATED });
}

/* The boot code of the protective MBR and what is behind the entries. */
void plan_name_spared(struct plan_draft *draft)
{
        struct layout_area area = plan_boot_loader_area(draft);

        if (draft->plan->first_boot || draft->policy->settings.unallocated == UNALLOCATED_LEAVE)
                return;
        draft->plan->spared_start_bytes = area.start_bytes;
        draft->plan->spared_bytes = area.size_bytes;
}

/* No image vouches for what was ever written to another disk, whatever its first bytes are: short of a purge it is overwritten.
 */
static enum erase_method disk_method(const struct plan_draft *draft, const struct chosen_disk *chosen)
{
        return chosen->level == ERASE_LEVEL_PURGE ? ERASE_METHOD_PURGE : overwriting_method(draft);
}

void plan_add_disks(struct plan_draft *draft, enum step_kind kind)
{
        const struct disk_choice *choice = &draft->plan->disks;

        for (size_t i = 0; i < choice->count; i++) {
                const struct chosen_disk *chosen = &choice->chosen[i];
                const struct inventory_disk *disk = &draft->inventory->disks[chosen->disk];
                bool keys = kind == STEP_DESTROY_DISK_KEYS, declared = choice->fates[chosen->disk] == DISK_FATE_DECLARED;

                plan_add(draft, (struct plan_step){
                                        .kind = kind,
                                        .partition = -1,
                                        .definition = -1,
                                        .additional_disk = (uint32_t)i + 1,
                                        .method = keys ? ERASE_METHOD_NONE : disk_method(draft, chosen),
                                        .size_bytes = keys && disk->media.size_bytes > KEY_AREA_MAX ? KEY_AREA_MAX
                                                                                                    : disk->media.size_bytes,
                                        .why = declared ? WHY_DECLARED_DISK : WHY_INTERNAL_DISK,
                                });
        }
}
