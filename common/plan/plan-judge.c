/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What forbids a reset, before anything is touched. Every reason is told at once. */
#include "common/base/partition-type.h"
#include "common/plan/plan-draft.h"

#define SECTOR_SIZE_MIN 512
#define SECTOR_SIZE_MAX (UINT32_C(1) << 20)

bool plan_builds_something(const struct plan_draft *draft)
{
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d])
                        return true;
        return false;
}

static void judge_machine(struct plan_draft *draft)
{
        const struct inventory *inventory = draft->inventory;

        if (!plan_marks_something(draft) && !plan_builds_something(draft))
                plan_refuse(draft, REFUSE_NO_DEFINITIONS);
        if (inventory->disk_read_only)
                plan_refuse(draft, REFUSE_DISK_READ_ONLY);
        if (!inventory->efi_variables)
                plan_refuse(draft, REFUSE_NO_EFI_VARIABLES);
        if (!inventory->esp_usable)
                plan_refuse(draft, REFUSE_NO_ESP);
        if (draft->level == ERASE_LEVEL_PURGE && plan_marks_something(draft) && !draft->plan->begun_as_first_boot)
                plan_refuse(draft, REFUSE_LEVEL);
}

bool plan_is_another_disk(const struct inventory *inventory)
{
        return !guid_is_zero(&inventory->disk_expected) && !guid_equal(&inventory->disk_expected, &inventory->disk_uuid);
}

/* One of the two is a copy, or was altered to be taken for the other; nobody can say which. */
static bool has_duplicate(const struct plan_draft *draft)
{
        const struct inventory_partition *partitions = draft->inventory->partitions;

        for (size_t p = 0; p < draft->matches.partition_count; p++)
                for (size_t q = 0; q < draft->matches.partition_count; q++)
                        if (p != q && partitions[p].role != ROLE_OTHER && !guid_is_zero(&partitions[p].uuid) &&
                            guid_equal(&partitions[p].uuid, &partitions[q].uuid))
                                return true;
        return false;
}

/* root and usr of any architecture with their verity data and signatures, or what the image itself says is of its own. */
static bool is_image_type(const struct plan_draft *draft, const struct guid *type)
{
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (!draft->policy->partitions[d].factory_reset && guid_equal(&draft->policy->partitions[d].type, type))
                        return true;
        return partition_type_is_image(type);
}

/* What the table says of the partitions that are not erased because of what they are. */
static void judge_roles(struct plan_draft *draft)
{
        if (has_duplicate(draft))
                plan_refuse(draft, REFUSE_DUPLICATE_UUID);
        for (size_t p = 0; p < draft->matches.partition_count; p++) {
                const struct inventory_partition *partition = &draft->inventory->partitions[p];
                int definition = draft->matches.definition_of[p];

                if (partition->role == ROLE_ESP && !guid_equal(&partition->type, &guid_partition_esp))
                        plan_refuse(draft, REFUSE_ESP_TYPE);
                if (partition->role == ROLE_IMAGE && !is_image_type(draft, &partition->type))
                        plan_refuse(draft, REFUSE_IMAGE_TYPE);
                if (partition->role != ROLE_OTHER && definition >= 0 && draft->policy->partitions[definition].factory_reset &&
                    !plan_spares_image(draft->policy, draft->inventory, p))
                        plan_refuse(draft, REFUSE_MARKED_NOT_ERASED);
        }
        if (!draft->plan->begun_as_first_boot && !draft->plan->is_addition &&
            draft->policy->settings.undeclared == UNDECLARED_REFUSE && draft->plan->undeclared_count > 0)
                plan_refuse(draft, REFUSE_UNDECLARED);
}

static void judge_identity(struct plan_draft *draft)
{
        if (plan_is_another_disk(draft->inventory) && (plan_marks_something(draft) || draft->plan->disks.count > 0))
                plan_refuse(draft, REFUSE_WRONG_DISK);
}

static void judge_additional_disks(struct plan_draft *draft)
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
                plan_refuse(draft, refusals[refusal]);
}

/* With "try" an unwilling TPM keeps its step, whose failure is reported; only "required" refuses beforehand. */
static void judge_tpm_clear(struct plan_draft *draft)
{
        const struct tpm_facts *tpm = &draft->inventory->tpm;

        if (plan_clears_tpm(draft) && policy_find_kept_sealed(draft->policy) >= 0)
                plan_refuse(draft, REFUSE_KEPT_SEALED);
        if (!plan_clears_tpm(draft) || draft->plan->tpm_clear != TPM_CLEAR_REQUIRED)
                return;
        if (!tpm->present) {
                plan_refuse(draft, REFUSE_NO_TPM);
                return;
        }
        if (draft->plan->tpm_way != TPM_WAY_NONE)
                return;
        if (tpm->disable_clear)
                plan_refuse(draft, REFUSE_TPM_DISABLE_CLEAR);
        if (tpm->lockout_auth_set && !tpm->lockout_auth_known)
                plan_refuse(draft, REFUSE_TPM_LOCKOUT_AUTH);
        if (tpm->in_lockout || tpm->lockout_blocked)
                plan_refuse(draft, REFUSE_TPM_LOCKED_OUT);
}

/* A reset does not interpret what it keeps, so nothing is seen in there. */
static void judge_hooks(struct plan_draft *draft)
{
        const struct policy *policy = draft->policy;

        if (!policy->settings.hooks_after_rebuild || draft->plan->is_addition)
                return;
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                for (size_t outer = 0; outer < draft->matches.definition_count; outer++)
                        if (draft->build[d] && !draft->build[outer] &&
                            definition_is_mounted_inside(&policy->partitions[d], &policy->partitions[outer])) {
                                plan_refuse(draft, REFUSE_HOOKS_NESTED);
                                return;
                        }
}

/* Files that would be copied to nowhere. */
static bool has_lost_tree(const struct partition_definition *definition)
{
        return !definition_has_tree(definition) &&
               definition->copy_count + definition->directory_count + definition->link_count > 0;
}

static void judge_definition(struct plan_draft *draft, const struct partition_definition *definition)
{
        bool tpm = draft->inventory->tpm.present;

        if (definition->cannot_build || has_lost_tree(definition))
                plan_refuse(draft, REFUSE_CANNOT_BUILD);
        if (definition->encrypt == ENCRYPT_OFF)
                return;
        if (definition->encrypt != ENCRYPT_TPM2)
                plan_refuse(draft, REFUSE_UNSUPPORTED_ENCRYPT);
        else if (!tpm && draft->policy->settings.without_tpm == WITHOUT_TPM_REFUSE)
                plan_refuse(draft, REFUSE_NO_TPM);
        else if (tpm && !draft->inventory->signed_policy)
                plan_refuse(draft, REFUSE_NO_SIGNED_POLICY);
}

/* The table is not authenticated: a marked partition laid over the ESP would have us erase the ESP. */
static bool marked_area_is_sound(const struct plan_draft *draft, size_t marked)
{
        struct layout_area area = plan_area_of(&draft->inventory->partitions[marked]),
                           usable = plan_usable_area(draft->inventory);

        if (area.size_bytes == 0 || area.size_bytes > UINT64_MAX - area.start_bytes)
                return false;
        if (area.start_bytes < usable.start_bytes || layout_area_end(&area) > layout_area_end(&usable))
                return false;
        for (size_t p = 0; p < draft->matches.partition_count; p++) {
                struct layout_area other = plan_area_of(&draft->inventory->partitions[p]);

                if (p != marked && layout_areas_overlap(&area, &other))
                        return false;
        }
        return true;
}

/* Neither over a partition, nor where it would have the space in front of it taken for its own. */
static bool entries_are_sound(const struct plan_draft *draft)
{
        const struct inventory *inventory = draft->inventory;
        struct layout_area entries = plan_entries_area(inventory), usable = plan_usable_area(inventory);

        if (entries.size_bytes == 0)
                return true;
        for (size_t p = 0; p < draft->matches.partition_count; p++) {
                struct layout_area partition = plan_area_of(&inventory->partitions[p]);

                if (layout_areas_overlap(&entries, &partition))
                        return false;
        }
        return entries.start_bytes >= usable.start_bytes && layout_area_end(&entries) <= layout_area_end(&usable);
}

static void judge_table(struct plan_draft *draft)
{
        uint32_t sector = draft->inventory->sector_size;

        if (!entries_are_sound(draft))
                plan_refuse(draft, REFUSE_PARTITION_TABLE);
        if (sector < SECTOR_SIZE_MIN || sector > SECTOR_SIZE_MAX || (sector & (sector - 1)) != 0)
                plan_refuse(draft, REFUSE_PARTITION_TABLE);
        for (size_t p = 0; p < draft->matches.partition_count; p++)
                if (plan_is_marked(draft, p) && !marked_area_is_sound(draft, p))
                        plan_refuse(draft, REFUSE_PARTITION_TABLE);
}

void plan_judge(struct plan_draft *draft)
{
        judge_identity(draft);
        judge_roles(draft);
        judge_machine(draft);
        judge_additional_disks(draft);
        judge_tpm_clear(draft);
        for (size_t d = 0; d < draft->matches.definition_count; d++)
                if (draft->build[d])
                        judge_definition(draft, &draft->policy->partitions[d]);
        judge_hooks(draft);
        judge_table(draft);
}
