/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/clean-survey.h"

#include "common/format/pcr.h"
#include "linux/base/blockdev.h"
#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
#include "linux/disk/gpt.h"
#include "linux/esp/esp-survey.h"
#include "linux/tpm/tpm.h"
#include <errno.h>
#include <string.h>

/* What takes its slot has another UUID. */
static bool is_deleted(const struct plan *plan, size_t partition)
{
        return plan->step_count > 0 && plan->fates[partition] == FATE_ERASED;
}

struct search {
        const struct guid *uuid;
        const char *own_disk;
};

/* The own disk is the inventory's: the table on it still has what the plan deletes. */
static int visit_disk(void *context, const char *disk_path)
{
        const struct search *search = context;
        return strcmp(disk_path, search->own_disk) != 0 && gpt_has_partition(disk_path, search->uuid) ? 1 : 0;
}

static bool exists(const void *context, const struct guid *uuid)
{
        const struct remaining_partitions *partitions = context;
        const struct inventory *inventory = partitions->inventory;
        struct search search = { .uuid = uuid, .own_disk = inventory->disk_path };
        for (size_t i = 0; i < inventory->partition_count; i++)
                if (guid_equal(&inventory->partitions[i].uuid, uuid) && !is_deleted(partitions->plan, i))
                        return true;
        return blockdev_each_disk(visit_disk, &search) != 0; /* disks that cannot be looked at: not known to be gone */
}

struct partition_lookup remaining_partitions_lookup(const struct remaining_partitions *partitions, const struct esp_survey *files)
{
        return (struct partition_lookup){
                .exists = exists, .context = partitions, .esp = partitions->inventory->esp, .files = files
        };
}

/* A hash over names, without keeping them all in one piece. */
static int digest_names(const char *const *names, size_t count, uint8_t ret[static SHA256_SIZE])
{
        _cleanup_free_ struct bytes *chunks = calloc(count + 1, sizeof(*chunks));
        if (!chunks)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                chunks[i] = (struct bytes){ (const uint8_t *)names[i], strlen(names[i]) + 1 };
        sha256_chunks(chunks, count, ret);
        return 0;
}

static int note_esp(const struct survey_source *source, const struct esp_survey *survey, struct clean_facts *facts)
{
        _cleanup_free_ const char **names = calloc(survey->removals + 1, sizeof(*names));
        if (!names)
                return trouble_note(&source->trouble, -ENOMEM, "Not enough memory for a reset.");
        for (size_t i = 0; i < survey->tree.count; i++) {
                if (survey->findings[i].verdict == ESP_REMOVE)
                        names[facts->esp_removals++] = survey->tree.entries[i].path;
                facts->esp_kept += survey->findings[i].verdict == ESP_NAME;
        }
        int r = digest_names(names, facts->esp_removals, facts->esp_digest);
        return r < 0 ? trouble_note(&source->trouble, r, "Not enough memory for a reset.") : 0;
}

static bool is_named(enum variable_verdict verdict)
{
        return verdict == VARIABLE_NAME || verdict == VARIABLE_REWRITE;
}

static int note_variables(const struct survey_source *source, const struct variable_survey *survey, struct clean_facts *facts)
{
        _cleanup_free_ const char **names = calloc(survey->removals + 1, sizeof(*names));
        if (!names)
                return trouble_note(&source->trouble, -ENOMEM, "Not enough memory for a reset.");
        facts->variables_left = (uint32_t)survey->lefts;
        for (size_t i = 0; i < survey->count; i++) {
                if (survey->findings[i].verdict == VARIABLE_REMOVE)
                        names[facts->variable_removals++] = survey->variables[i].name;
                facts->variables_kept += is_named(survey->findings[i].verdict);
        }
        int r = digest_names(names, facts->variable_removals, facts->variable_digest);
        return r < 0 ? trouble_note(&source->trouble, r, "Not enough memory for a reset.") : 0;
}

/* As the record would have them if the reset ran now. */
static void name_files(const struct esp_survey *survey, struct clean_result *names)
{
        for (size_t i = 0; i < survey->tree.count; i++) {
                const struct esp_finding *finding = &survey->findings[i];
                struct clean_list *list = finding->verdict == ESP_REMOVE    ? &names->esp_removed
                                          : finding->verdict == ESP_KEEP    ? NULL
                                          : finding->why == ESP_WHY_ALTERED ? &names->esp_altered
                                                                            : &names->esp_kept;
                if (list)
                        clean_list_add(list, survey->tree.entries[i].path, esp_why_text(finding->why));
        }
}

static void name_variables(const struct variable_survey *survey, struct clean_result *names)
{
        for (size_t i = 0; i < survey->count; i++) {
                enum variable_verdict verdict = survey->findings[i].verdict;
                struct clean_list *list = verdict == VARIABLE_REMOVE  ? &names->variables_removed
                                          : is_named(verdict)         ? &names->variables_kept
                                          : verdict == VARIABLE_LEAVE ? &names->variables_left
                                                                      : NULL;
                char name[EFIVARFS_NAME_MAX + GUID_TEXT_SIZE], guid[GUID_TEXT_SIZE];
                guid_format(&survey->variables[i].vendor, guid);
                (void)snprintf(name, sizeof(name), "%s-%s", survey->variables[i].name, guid);
                if (list)
                        clean_list_add(list, name, variable_why_text(survey->findings[i].why));
        }
}

int clean_survey(const struct survey_source *source, int esp_fd, const struct plan *plan, struct inventory *inventory,
                 struct clean_result *ret_names)
{
        _cleanup_(esp_survey_done) struct esp_survey files = { 0 };
        _cleanup_(variable_survey_done) struct variable_survey variables = { 0 };
        const struct remaining_partitions remaining = { plan, inventory };
        struct partition_lookup lookup = remaining_partitions_lookup(&remaining, &files);
        struct clean_facts facts = { 0 };
        int r = esp_survey(source, esp_fd, &files);
        if (r == 0)
                r = note_esp(source, &files, &facts);
        if (r == 0)
                r = variable_survey(source, &lookup, &variables);
        if (r == 0)
                r = note_variables(source, &variables, &facts);
        if (r < 0)
                return r;
        inventory->clean = facts;
        if (ret_names) {
                name_files(&files, ret_names);
                name_variables(&variables, ret_names);
        }
        return 0;
}
