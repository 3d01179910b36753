/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/plan-words.h"

#include "common/base/safe-text.h"
#include "reset-tool/plan-kept.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_COLUMNS 16

__attribute__((format(printf, 2, 3))) static void words(struct writer *writer, const char *format, ...)
{
        char line[2048];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        writer_text(writer, line);
}

struct text {
        char text[sizeof(((struct explanation *)NULL)->text)];
};

/* Labels, models and serial numbers are whatever somebody has written there. */
static struct text clean(const char *name)
{
        struct text text;
        (void)safe_text(name, text.text, sizeof(text.text));
        return text;
}

static struct text size_of(uint64_t bytes)
{
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
        uint64_t whole = bytes, tenths = 0;
        size_t unit = 0;
        for (; whole >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++) {
                tenths = whole % 1024 * 10 / 1024;
                whole /= 1024;
        }
        struct text text;
        if (tenths > 0 && whole < 100)
                (void)snprintf(text.text, sizeof(text.text), "%llu.%llu %s", (unsigned long long)whole,
                               (unsigned long long)tenths, units[unit]);
        else
                (void)snprintf(text.text, sizeof(text.text), "%llu %s", (unsigned long long)whole, units[unit]);
        return text;
}

static const char *method_text(enum erase_method method)
{
        switch (method) {
        case ERASE_METHOD_DISCARD:
                return "keys destroyed, blocks discarded; overwritten if the device keeps them";
        case ERASE_METHOD_ZERO:
                return "overwritten with zeros, read back";
        case ERASE_METHOD_KEYSTREAM:
                return "overwritten with a keystream, read back";
        case ERASE_METHOD_PURGE:
                return "purged by the device";
        default:
                return "";
        }
}

/* A list's first line has its title, the others are indented as far. */
static void item(struct writer *writer, const char **title)
{
        words(writer, "%-8s ", *title);
        *title = "";
}

static void write_erased(struct writer *writer, const struct plan_preview *preview)
{
        const char *title = "Erased";
        uint64_t gaps_bytes = 0;
        enum erase_method gaps_method = ERASE_METHOD_NONE;
        for (size_t i = 0; i < preview->plan.step_count; i++) {
                const struct plan_step *step = &preview->plan.steps[i];
                if (step->kind == STEP_ERASE_UNALLOCATED) {
                        gaps_bytes += step->size_bytes;
                        gaps_method = step->method;
                }
                if (step->kind != STEP_ERASE)
                        continue;
                const struct inventory_partition *partition = &preview->inventory.partitions[step->partition];
                item(writer, &title);
                words(writer, "%3u %-*s %9s  %s\n", partition->number, NAME_COLUMNS, clean(partition->name).text,
                      size_of(step->size_bytes).text, method_text(step->method));
                words(writer, "%-8s     why: %s\n", "", step_why_text(step->why));
        }
        if (gaps_bytes > 0) {
                item(writer, &title);
                words(writer, "  - %-*s %9s  %s\n", NAME_COLUMNS, "(no partition)", size_of(gaps_bytes).text,
                      method_text(gaps_method));
        }
}

static void write_additional(struct writer *writer, const struct plan_preview *preview)
{
        const char *title = "Disks";
        for (size_t i = 0; i < preview->plan.step_count; i++) {
                const struct plan_step *step = &preview->plan.steps[i];
                if (step->kind != STEP_ERASE_DISK)
                        continue;
                const struct chosen_disk *chosen = &preview->plan.disks.chosen[step->additional_disk - 1];
                const struct inventory_disk *disk = &preview->inventory.disks[chosen->disk];
                item(writer, &title);
                words(writer, "%s, %s, serial %s, %s: %s%s%s\n", disk->path, clean(disk->media.model).text,
                      clean(disk->media.serial).text, size_of(step->size_bytes).text, method_text(step->method),
                      step->method == ERASE_METHOD_PURGE ? ": " : "",
                      step->method == ERASE_METHOD_PURGE ? media_technique_text(chosen->technique) : "");
                words(writer, "%-8s     why: %s\n", "", step_why_text(step->why));
        }
        for (size_t i = 0; i < preview->inventory.disk_count; i++) {
                const struct inventory_disk *disk = &preview->inventory.disks[i];
                enum disk_fate fate = preview->plan.disks.fates[i];
                if (fate <= DISK_FATE_INTERNAL || fate == DISK_FATE_BOOT || fate == DISK_FATE_VIRTUAL)
                        continue;
                item(writer, &title);
                words(writer, "%s, serial %s, stays: %s\n", disk->path, clean(disk->media.serial).text, disk_fate_text(fate));
        }
}

static void write_built(struct writer *writer, const struct plan_preview *preview)
{
        const char *title = "Built";
        for (size_t i = 0; i < preview->plan.step_count; i++) {
                const struct plan_step *step = &preview->plan.steps[i];
                if (step->kind != STEP_CREATE_ENTRY)
                        continue;
                const struct partition_definition *definition = &preview->policy.partitions[step->definition];
                bool encrypts = false;
                for (size_t j = 0; j < preview->plan.step_count; j++)
                        encrypts |= preview->plan.steps[j].kind == STEP_ENCRYPT &&
                                    preview->plan.steps[j].definition == step->definition;
                item(writer, &title);
                words(writer, "  + %-*s %9s  %s%s\n", NAME_COLUMNS, clean(definition->label).text, size_of(step->size_bytes).text,
                      definition->format[0] ? definition->format : "no file system",
                      encrypts ? ", encrypted, key sealed by the TPM" : ", not encrypted");
        }
}

/* What is in another one's partition, instead of one of its own. */
static void write_merged(struct writer *writer, const struct plan_preview *preview)
{
        const char *title = "Merged";
        for (size_t d = 0; d < preview->policy.partition_count; d++) {
                const struct partition_definition *definition = &preview->policy.partitions[d];
                if (!(preview->plan.merged >> d & 1))
                        continue;
                item(writer, &title);
                words(writer, "  - %-*s            into the partition of %s.conf (SupplementFor=)\n", NAME_COLUMNS,
                      clean(definition->label).text, clean(definition->supplement_for).text);
        }
}

static void write_hooks(struct writer *writer, const struct plan_preview *preview)
{
        if (preview->policy.settings.hooks_after_rebuild)
                words(writer, "Then     the image's hooks run on what was built\n");
}

static uint64_t grown_size(const struct plan *plan, size_t partition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_GROW_ENTRY && plan->steps[i].partition == (int)partition)
                        return plan->steps[i].size_bytes;
        return 0;
}

static void write_kept(struct writer *writer, const struct plan_preview *preview)
{
        const char *title = "Stays";
        for (size_t i = 0; i < preview->inventory.partition_count; i++) {
                const struct inventory_partition *partition = &preview->inventory.partitions[i];
                const char *why = plan_kept_why(preview, i);
                if (!why)
                        continue;
                item(writer, &title);
                words(writer, "%3u %-*s %9s  %s\n", partition->number, NAME_COLUMNS, clean(partition->name).text,
                      size_of(partition->size_bytes).text, why);
                const uint64_t grown = grown_size(&preview->plan, i);
                if (grown > 0)
                        words(writer, "%-8s     grows from %s to %s, into the free space that follows it\n", "",
                              size_of(partition->size_bytes).text, size_of(grown).text);
        }
        if (preview->plan.spared_bytes > 0) {
                item(writer, &title);
                words(writer, "  - %-*s %9s  left to a boot loader, at the beginning of the disk\n", NAME_COLUMNS,
                      "(no partition)", size_of(preview->plan.spared_bytes).text);
        }
}

static void write_tpm(struct writer *writer, const struct plan_preview *preview)
{
        const struct plan *plan = &preview->plan;
        if (!preview->inventory.tpm.present)
                words(writer, "%-8s there is none\n", "TPM");
        else if (plan->tpm_clear == TPM_CLEAR_SKIP)
                words(writer, "%-8s left as it is\n", "TPM");
        else
                words(writer, "%-8s cleared %s%s\n", "TPM", tpm_clear_way_text(plan->tpm_way),
                      plan->tpm_clear == TPM_CLEAR_TRY ? "; a failure does not stop the reset" : "");
}

static void write_duration(struct writer *writer, const struct plan_duration *duration)
{
        if (duration->seconds < 120)
                words(writer, "%-8s about %llu seconds", "Time", (unsigned long long)((duration->seconds + 9) / 10 * 10));
        else if (duration->seconds < 2 * 3600)
                words(writer, "%-8s about %llu minutes", "Time", (unsigned long long)((duration->seconds + 59) / 60));
        else
                words(writer, "%-8s about %llu hours", "Time", (unsigned long long)((duration->seconds + 3599) / 3600));
        words(writer, " with two restarts, estimated from the kind of medium%s%s\n",
              duration->device_decides ? "; the disks that purge themselves take as long as they take" : "",
              duration->waits_for_person ? "; the firmware may wait for a person first" : "");
}

static void write_refusals(struct writer *writer, const struct plan_preview *preview)
{
        char text[1024];
        words(writer, "A factory reset would be REFUSED, and nothing would be changed:\n");
        for (size_t i = 0; i < preview->plan.refusal_count; i++) {
                struct writer sentence = writer_over(text, sizeof(text));
                plan_refusal_format(&preview->plan, &preview->policy, &preview->inventory, i, &sentence);
                words(writer, "  - %s\n", text);
        }
}

#define NAMES_SHOWN 12

static void write_names(struct writer *writer, const char *what, const struct clean_list *list)
{
        for (size_t i = 0; i < list->count && i < NAMES_SHOWN; i++)
                words(writer, "%-8s   %s: %s (%s)\n", "", what, clean(list->items[i].name).text, list->items[i].why);
        if (list->count + list->more > NAMES_SHOWN)
                words(writer, "%-8s   %s: %zu more\n", "", what, list->count + list->more - NAMES_SHOWN);
}

static void write_cleaned(struct writer *writer, const struct plan_preview *preview)
{
        const struct clean_facts *cleaned = &preview->inventory.clean;
        const struct clean_result *names = &preview->cleaned;
        words(writer, "%-8s EFI system partition: %u files or directories go, %u undeclared stay, free space is %s\n", "Cleaned",
              cleaned->esp_removals, cleaned->esp_kept, preview->policy.settings.esp_leave_free_space ? "left" : "overwritten");
        write_names(writer, "goes", &names->esp_removed);
        write_names(writer, "stays", &names->esp_altered);
        write_names(writer, "stays", &names->esp_kept);
        words(writer, "%-8s EFI variables: %u go, %u stay and are named in the record", "", cleaned->variable_removals,
              cleaned->variables_kept);
        if (cleaned->variables_left > 0)
                words(writer, ", %u should go and cannot be removed", cleaned->variables_left);
        words(writer, "\n");
        write_names(writer, "goes", &names->variables_removed);
        write_names(writer, "stays", &names->variables_kept);
        write_names(writer, "cannot be removed", &names->variables_left);
}

static void write_steps(struct writer *writer, const struct plan_preview *preview)
{
        words(writer, "%-8s %s\n", "Level",
              preview->plan.level == ERASE_LEVEL_UNSET ? "by what each partition holds" : erase_level_name(preview->plan.level));
        write_erased(writer, preview);
        write_additional(writer, preview);
        write_cleaned(writer, preview);
        write_tpm(writer, preview);
        write_built(writer, preview);
        write_merged(writer, preview);
        write_hooks(writer, preview);
        write_kept(writer, preview);
        write_duration(writer, &preview->duration);
}

static void write_notes(struct writer *writer, const struct plan_preview *preview)
{
        const char *title = "Note";
        for (int i = 0; i < PREVIEW_NOTES; i++)
                if (preview->notes[i]) {
                        item(writer, &title);
                        words(writer, "%s\n", preview_note_text((enum preview_note)i));
                }
        if (preview->why.text[0]) {
                item(writer, &title);
                words(writer, "%s\n", clean(preview->why.text).text);
        }
}

void plan_words(struct writer *writer, const struct plan_preview *preview)
{
        static const char *const titles[] = { "What a factory reset would do here now:\n", "What the pending request will do:\n",
                                              "What the reset that has begun goes on with:\n" };
        const struct media_facts *medium = &preview->medium;
        char uuid[GUID_TEXT_SIZE];
        guid_format(&preview->inventory.disk_uuid, uuid);
        if (preview->plan.refusal_count > 0)
                write_refusals(writer, preview);
        else
                words(writer, "%s", titles[preview->of]);
        words(writer, "%-8s %s%s%s, %s, GUID %s\n", "Disk", preview->inventory.disk_path, medium->model[0] ? ", " : "",
              clean(medium->model).text, size_of(medium->size_bytes).text, uuid);
        if (preview->plan.refusal_count == 0)
                write_steps(writer, preview);
        words(writer, "%-8s ", "Digest");
        writer_hex(writer, preview->digest, sizeof(preview->digest));
        writer_char(writer, '\n');
        write_notes(writer, preview);
}
