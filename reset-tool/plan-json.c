/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/plan-json.h"

#include "common/base/json-write.h"
#include "common/show/plan-outcome.h"
#include "reset-tool/plan-kept.h"

static void json_refusals(struct writer *writer, const struct plan_preview *preview)
{
        char text[1024];
        json_member_open(writer, "refused", '[');
        for (size_t i = 0; i < preview->plan.refusal_count; i++) {
                struct writer sentence = writer_over(text, sizeof(text));
                plan_refusal_format(&preview->plan, &preview->policy, &preview->inventory, i, &sentence);
                json_open(writer, '{');
                json_member_text(writer, "name", refusal_name(preview->plan.refusals[i]));
                json_member_text(writer, "text", text);
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

static void json_disk(struct writer *writer, const struct plan_preview *preview)
{
        char uuid[GUID_TEXT_SIZE];
        guid_format(&preview->inventory.disk_uuid, uuid);
        json_member_open(writer, "disk", '{');
        json_member_text(writer, "path", preview->inventory.disk_path);
        json_member_text(writer, "uuid", uuid);
        json_member_text(writer, "model", preview->medium.model[0] ? preview->medium.model : NULL);
        json_member_text(writer, "serial", preview->medium.serial[0] ? preview->medium.serial : NULL);
        json_member_number(writer, "sizeBytes", preview->medium.size_bytes);
        json_close(writer, '}');
}

static void json_what(struct writer *writer, const struct plan_preview *preview, const struct plan_step *step)
{
        if (step->partition >= 0) {
                const struct inventory_partition *partition = &preview->inventory.partitions[step->partition];
                json_member_number(writer, "partition", partition->number);
                json_member_text(writer, "label", partition->name);
        } else if (step->definition >= 0) {
                const struct partition_definition *definition = &preview->policy.partitions[step->definition];
                json_member_text(writer, "definition", definition->file);
                json_member_text(writer, "label", definition->label);
                json_member_text(writer, "format", definition->format[0] ? definition->format : NULL);
                json_member_text(writer, "encrypt", encrypt_mode_name(definition->encrypt));
                if (definition->integrity != INTEGRITY_OFF)
                        json_member_text(writer, "integrity", integrity_mode_name(definition->integrity));
        }
        if (step->additional_disk > 0) {
                const struct chosen_disk *chosen = &preview->plan.disks.chosen[step->additional_disk - 1];
                const struct inventory_disk *disk = &preview->inventory.disks[chosen->disk];
                json_member_text(writer, "disk", disk->path);
                json_member_text(writer, "serial", disk->media.serial[0] ? disk->media.serial : NULL);
                json_member_text(writer, "technique",
                                 step->method == ERASE_METHOD_PURGE ? media_technique_name(chosen->technique) : NULL);
        }
}

static void json_steps(struct writer *writer, const struct plan_preview *preview)
{
        json_member_open(writer, "steps", '[');
        for (size_t i = 0; i < preview->plan.step_count; i++) {
                const struct plan_step *step = &preview->plan.steps[i];
                json_open(writer, '{');
                json_member_text(writer, "kind", step_kind_name(step->kind));
                json_what(writer, preview, step);
                if (step->size_bytes > 0) {
                        json_member_number(writer, "startBytes", step->start_bytes);
                        json_member_number(writer, "sizeBytes", step->size_bytes);
                }
                if (step->method != ERASE_METHOD_NONE)
                        json_member_text(writer, "method", erase_method_name(step->method));
                json_member_text(writer, "why", step_why_text(step->why));
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

static void json_kept(struct writer *writer, const struct plan_preview *preview)
{
        json_member_open(writer, "kept", '[');
        for (size_t i = 0; i < preview->inventory.partition_count; i++) {
                const struct inventory_partition *partition = &preview->inventory.partitions[i];
                const char *why = plan_kept_why(preview, i);
                if (!why)
                        continue;
                json_open(writer, '{');
                json_member_number(writer, "partition", partition->number);
                json_member_text(writer, "label", partition->name);
                json_member_number(writer, "sizeBytes", partition->size_bytes);
                json_member_text(writer, "fate", partition_fate_name(preview->plan.fates[i]));
                json_member_text(writer, "why", why);
                json_close(writer, '}');
        }
        json_close(writer, ']');
        json_member_number(writer, "undeclaredPartitions", preview->plan.undeclared_count);
        json_member_number(writer, "bootLoaderAreaBytes", preview->plan.spared_bytes);
}

static void json_additional_disks(struct writer *writer, const struct plan_preview *preview)
{
        json_member_open(writer, "additionalDisks", '[');
        for (size_t i = 0; i < preview->inventory.disk_count; i++) {
                const struct inventory_disk *disk = &preview->inventory.disks[i];
                enum disk_fate fate = preview->plan.disks.fates[i];
                json_open(writer, '{');
                json_member_text(writer, "path", disk->path);
                json_member_text(writer, "serial", disk->media.serial[0] ? disk->media.serial : NULL);
                json_member_flag(writer, "erased", fate == DISK_FATE_DECLARED || fate == DISK_FATE_INTERNAL);
                json_member_text(writer, "fate", disk_fate_name(fate));
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

static void json_duration(struct writer *writer, const struct plan_duration *duration)
{
        json_member_open(writer, "estimate", '{');
        json_member_number(writer, "seconds", duration->seconds);
        json_member_flag(writer, "deviceDecides", duration->device_decides);
        json_member_flag(writer, "waitsForPerson", duration->waits_for_person);
        json_close(writer, '}');
}

static void json_notes(struct writer *writer, const struct plan_preview *preview)
{
        json_member_open(writer, "notes", '[');
        for (int i = 0; i < PREVIEW_NOTES; i++) {
                if (!preview->notes[i])
                        continue;
                json_open(writer, '{');
                json_member_text(writer, "name", preview_note_name((enum preview_note)i));
                json_member_text(writer, "text", preview_note_text((enum preview_note)i));
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

void plan_json(struct writer *writer, const struct plan_preview *preview)
{
        static const char *const bases[] = { "new-request", "pending-request", "reset-under-way" };
        const struct plan *plan = &preview->plan;
        json_open(writer, '{');
        json_member_text(writer, "type", "cleanslate-plan-1");
        json_member_hex(writer, "digest", preview->digest, sizeof(preview->digest));
        json_member_text(writer, "basis", bases[preview->of]);
        json_refusals(writer, preview);
        json_disk(writer, preview);
        json_member_text(writer, "level", plan->level == ERASE_LEVEL_UNSET ? "by-contents" : erase_level_name(plan->level));
        json_member_open(writer, "tpm", '{');
        json_member_text(writer, "clear", tpm_clear_policy_name(plan->tpm_clear));
        json_member_text(writer, "way", tpm_clear_way_name(plan->tpm_way));
        json_close(writer, '}');
        json_member_open(writer, "removed", '{');
        json_member_number(writer, "espEntries", preview->inventory.clean.esp_removals);
        json_member_number(writer, "variables", preview->inventory.clean.variable_removals);
        json_close(writer, '}');
        json_member_open(writer, "remaining", '{');
        json_member_number(writer, "espEntries", preview->inventory.clean.esp_kept);
        json_member_number(writer, "variables", preview->inventory.clean.variables_kept);
        json_member_number(writer, "variablesNotRemovable", preview->inventory.clean.variables_left);
        json_close(writer, '}');
        json_steps(writer, preview);
        plan_outcome_json(writer, plan, &preview->policy, &preview->inventory);
        json_kept(writer, preview);
        json_additional_disks(writer, preview);
        json_duration(writer, &preview->duration);
        json_notes(writer, preview);
        json_member_text(writer, "trouble", preview->why.text[0] ? preview->why.text : NULL);
        json_member_text(writer, "text", preview->text);
        json_close(writer, '}');
}
