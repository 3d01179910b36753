/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan says: names for records and scripts, sentences for people, and the canonical text. Decides nothing. */
#include "common/base/message.h"
#include "common/plan/plan.h"

static const char *const methods[] = {
        [ERASE_METHOD_NONE] = "none",   [ERASE_METHOD_DISCARD] = "discard",     [ERASE_METHOD_ZERO] = "zero",
        [ERASE_METHOD_PURGE] = "purge", [ERASE_METHOD_KEYSTREAM] = "keystream",
};

static const struct {
        const char *name, *text;
} whys[WHY_COUNT] = {
        [WHY_ALWAYS] = { "always", "part of every reset" },
        [WHY_FACTORY_RESET] = { "factory-reset", "the image's definition says FactoryReset=yes" },
        [WHY_LOOKALIKE] = { "look-alike", "carries type and label of a partition that the reset erases" },
        [WHY_GPT_ATTRIBUTE] = { "gpt-attribute", "marked for erasure in the partition table" },
        [WHY_HELD] = { "held", "lies where a partition that the image marks lay when the device last started" },
        [WHY_HALF_MADE] = { "half-made", "this reset had begun to build it when it was interrupted" },
        [WHY_UNDECLARED] = { "undeclared", "no definition of the image claims it" },
        [WHY_MAY_HOLD_PLAIN] = { "may-hold-plain", "may hold data that was never encrypted, so every byte is overwritten" },
        [WHY_UNALLOCATED] = { "unallocated", "is unpartitioned, and may hold data of a removed partition" },
        [WHY_REBUILD] = { "rebuild", "replaces a partition that is erased" },
        [WHY_ABSENT] = { "absent", "the image defines it and the disk does not have it" },
        [WHY_ROOM] = { "room", "the image's definition gives it more of the disk than it has" },
        [WHY_DECLARED_DISK] = { "declared-disk", "a section [Disk] of cleanslate.conf names it" },
        [WHY_INTERNAL_DISK] = { "internal-disk", "it is built in, and cleanslate.conf says all=internal" },
};

const char *erase_method_name(enum erase_method method)
{
        return (unsigned)method < ARRAY_SIZE(methods) ? methods[method] : "unknown";
}

const char *partition_fate_name(enum partition_fate fate)
{
        static const char *const names[FATE_COUNT] = {
                [FATE_UNDECLARED] = "undeclared", [FATE_IMAGE] = "image", [FATE_ESP] = "esp", [FATE_KEPT] = "kept",
                [FATE_ERASED] = "erased",
        };

        return (unsigned)fate < FATE_COUNT ? names[fate] : "unknown";
}

const char *step_why_text(enum step_why why)
{
        return (unsigned)why < WHY_COUNT ? whys[why].text : "for an unknown reason";
}

static void write_range(struct writer *writer, uint64_t start, uint64_t size)
{
        writer_char(writer, ' ');
        writer_decimal(writer, start);
        writer_text(writer, "..");
        writer_decimal(writer, start + size);
}

static void write_pair(struct writer *writer, const char *key, const char *value)
{
        writer_char(writer, ' ');
        writer_text(writer, key);
        writer_char(writer, '=');
        writer_text(writer, value);
}

static void write_old(const struct plan_step *step, const struct inventory_partition *partition, struct writer *writer)
{
        writer_text(writer, " partition ");
        writer_decimal(writer, partition->number);
        writer_char(writer, ' ');
        writer_json_string(writer, partition->name);
        if (step->kind == STEP_GROW_ENTRY) {
                writer_text(writer, " at");
                write_range(writer, partition->start_bytes, partition->size_bytes);
                writer_text(writer, " to");
                write_range(writer, step->start_bytes, step->size_bytes);
                return;
        }
        if (step->kind == STEP_DELETE_ENTRY)
                writer_text(writer, " at");
        write_range(writer, step->kind == STEP_DELETE_ENTRY ? step->start_bytes : 0, step->size_bytes);
        if (step->kind == STEP_ERASE)
                write_pair(writer, "method", erase_method_name(step->method));
}

static void write_unallocated(const struct plan_step *step, struct writer *writer)
{
        writer_text(writer, " at");
        write_range(writer, step->start_bytes, step->size_bytes);
        write_pair(writer, "method", erase_method_name(step->method));
}

static void write_new(const struct plan *plan, const struct plan_step *step, const struct policy *policy, struct writer *writer)
{
        const struct partition_definition *definition = &policy->partitions[step->definition];

        writer_text(writer, " definition ");
        writer_json_string(writer, definition->file);
        writer_char(writer, ' ');
        writer_json_string(writer, definition->label);
        if (step->kind == STEP_CREATE_ENTRY) {
                writer_text(writer, " slot ");
                writer_decimal(writer, plan->entries[step->definition].number);
                writer_char(writer, ' ');
                writer_json_string(writer, plan->entries[step->definition].name);
                writer_text(writer, " at");
                write_range(writer, step->start_bytes, step->size_bytes);
        } else if (step->kind == STEP_ENCRYPT) {
                write_pair(writer, "mode", encrypt_mode_name(definition->encrypt));
                if (definition->integrity != INTEGRITY_OFF)
                        write_pair(writer, "integrity", integrity_mode_name(definition->integrity));
        } else if (step->kind == STEP_MAKE_FILE_SYSTEM) {
                write_pair(writer, "format", definition->format);
        }
}

static const char *obstacle_name(const struct chosen_disk *chosen)
{
        return chosen->shares_hardware ? "shared-hardware" : purge_obstacle_name(chosen->obstacle);
}

/* By what the disk says of itself; the kernel's name for it is another one at the next boot. */
static void write_disk(const struct plan *plan, const struct plan_step *step, const struct policy *policy,
                       const struct inventory *inventory, struct writer *writer)
{
        const struct chosen_disk *chosen = &plan->disks.chosen[step->additional_disk - 1];
        const struct media_facts *media = &inventory->disks[chosen->disk].media;
        const char *const names[] = { media->wwid, media->serial, media->model };

        writer_text(writer, " disk ");
        writer_decimal(writer, step->additional_disk);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                writer_char(writer, ' ');
                writer_json_string(writer, names[i]);
        }
        write_range(writer, 0, step->size_bytes);
        if (step->kind == STEP_DESTROY_DISK_KEYS) {
                writer_text(writer, " both-ends");
                return;
        }
        write_pair(writer, "method", erase_method_name(step->method));
        if (step->method == ERASE_METHOD_PURGE)
                write_pair(writer, "technique", media_technique_name(chosen->technique));
        else if (chosen->obstacle != PURGE_POSSIBLE || chosen->shares_hardware)
                write_pair(writer, "purge-obstacle", obstacle_name(chosen));
        write_pair(writer, "verify", disk_verify_name(policy->settings.disks[chosen->definition].verify));
}

static void write_clean(struct writer *writer, uint32_t removals, const uint8_t digest[static 32])
{
        writer_text(writer, " remove=");
        writer_decimal(writer, removals);
        if (removals == 0)
                return;
        writer_text(writer, " list=");
        writer_hex(writer, digest, 32);
}

static void write_merged(const struct plan *plan, const struct policy *policy, struct writer *writer)
{
        for (size_t d = 0; d < policy->partition_count && d < POLICY_PARTITIONS_MAX; d++) {
                if (!(plan->merged >> d & 1))
                        continue;
                writer_text(writer, "merged  definition ");
                writer_json_string(writer, policy->partitions[d].file);
                writer_char(writer, ' ');
                writer_json_string(writer, policy->partitions[d].label);
                writer_text(writer, " into ");
                writer_json_string(writer, policy->partitions[policy_supplement_target(policy, d)].file);
                writer_char(writer, '\n');
        }
}

/* What stays on the boot disk although nobody declares it, or although it is marked. */
static void write_left(const struct plan *plan, const struct policy *policy, const struct inventory *inventory,
                       struct writer *writer)
{
        char type[GUID_TEXT_SIZE];

        for (size_t p = 0; p < inventory->partition_count && p < INVENTORY_PARTITIONS_MAX; p++) {
                const struct inventory_partition *partition = &inventory->partitions[p];

                const bool spared = plan_spares_image(policy, inventory, p);

                if (plan->fates[p] != FATE_UNDECLARED && !spared)
                        continue;
                guid_format(&partition->type, type);
                writer_text(writer, "left  partition ");
                writer_decimal(writer, partition->number);
                writer_char(writer, ' ');
                writer_json_string(writer, partition->name);
                writer_text(writer, " at");
                write_range(writer, partition->start_bytes, partition->size_bytes);
                write_pair(writer, "type", type);
                write_pair(writer, "why", spared ? "running-image" : whys[WHY_UNDECLARED].name);
                writer_char(writer, '\n');
        }
        if (plan->spared_bytes == 0)
                return;
        writer_text(writer, "left  at");
        write_range(writer, plan->spared_start_bytes, plan->spared_bytes);
        write_pair(writer, "why", "boot-loader-area");
        writer_char(writer, '\n');
}

void plan_format(const struct plan *plan, const struct policy *policy, const struct inventory *inventory, struct writer *writer)
{
        char disk[GUID_TEXT_SIZE];

        guid_format(&inventory->disk_uuid, disk);
        writer_text(writer, "plan  disk ");
        writer_text(writer, disk);
        write_pair(writer, "tpm-clear", tpm_clear_policy_name(plan->tpm_clear));
        write_pair(writer, "first-boot", plan->first_boot ? "yes" : "no");
        writer_char(writer, '\n');
        for (size_t i = 0; i < plan->refusal_count; i++) {
                writer_text(writer, "refused  ");
                writer_text(writer, refusal_name(plan->refusals[i]));
                writer_char(writer, '\n');
        }
        for (size_t i = 0; i < plan->step_count; i++) {
                const struct plan_step *step = &plan->steps[i];

                writer_text(writer, step_kind_name(step->kind));
                writer_char(writer, ' ');
                if (step->additional_disk > 0)
                        write_disk(plan, step, policy, inventory, writer);
                else if (step->partition >= 0)
                        write_old(step, &inventory->partitions[step->partition], writer);
                else if (step->definition >= 0)
                        write_new(plan, step, policy, writer);
                else if (step->kind == STEP_ERASE_UNALLOCATED)
                        write_unallocated(step, writer);
                else if (step->kind == STEP_CLEAR_TPM)
                        write_pair(writer, "way", tpm_clear_way_name(plan->tpm_way));
                else if (step->kind == STEP_CLEAN_ESP)
                        write_clean(writer, inventory->clean.esp_removals, inventory->clean.esp_digest);
                else if (step->kind == STEP_CLEAN_VARIABLES)
                        write_clean(writer, inventory->clean.variable_removals, inventory->clean.variable_digest);
                write_pair(writer, "why", (unsigned)step->why < WHY_COUNT ? whys[step->why].name : "unknown");
                writer_char(writer, '\n');
        }
        if (plan->refusal_count > 0)
                return;
        write_merged(plan, policy, writer);
        write_left(plan, policy, inventory, writer);
}
