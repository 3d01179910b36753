/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp-survey.h"

#include "linux/cleanup.h"
#include "linux/file.h"
#include <errno.h>
#include <string.h>

static int read_list(const struct survey_source *source, struct esp_survey *survey)
{
        struct esp_list *list = &survey->policy.list;
        const char *detail;
        unsigned line;
        int r = file_read(source->root_fd, ESP_LIST_PATH + 1, ESP_LIST_MAX, &survey->list_text, &list->size);
        if (r == -ENOENT && !source->settings->esp_remove_undeclared)
                return 0;
        if (r == -ENOENT)
                return trouble_note(&source->trouble, r, "The image wants undeclared files removed and has no %s to declare any.",
                                    ESP_LIST_PATH);
        if (r < 0)
                return trouble_note(&source->trouble, r, "The image's %s cannot be read: %s.", ESP_LIST_PATH, strerror(-r));
        enum err err = esp_list_check(survey->list_text, list->size, &line, &detail);
        if (err != ERR_OK)
                return trouble_note(&source->trouble, -EINVAL, "The image's %s, line %u, %s: %s.", ESP_LIST_PATH, line,
                                    err_text(err), detail);
        list->present = true;
        list->text = survey->list_text;
        return 0;
}

static void add_started(struct esp_survey *survey)
{
        struct esp_policy *policy = &survey->policy;
        if (policy->started_count < ESP_STARTED_MAX) {
                policy->started[policy->started_count] = survey->started[policy->started_count];
                policy->started_count++;
        }
}

/* What the stub and the boot loader in front of it say they were. */
static void read_started(const struct survey_source *source, struct esp_survey *survey)
{
        static const char *const names[] = { "StubImageIdentifier", "LoaderImageIdentifier" };
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_free_ void *value = NULL;
                size_t size;
                if (efivarfs_read(source->variables, &guid_loader_interface, names[i], &value, &size) == 0 &&
                    firmware_path_read(value, size, survey->started[survey->policy.started_count]))
                        add_started(survey);
        }
}

/* What the firmware was told to start, shim for example. */
static void read_boot_current(const struct survey_source *source, struct esp_survey *survey)
{
        _cleanup_free_ void *current = NULL, *value = NULL;
        struct load_option option;
        char name[16];
        size_t size;
        if (efivarfs_read(source->variables, &guid_efi_global, "BootCurrent", &current, &size) < 0 || size < 2)
                return;
        (void)snprintf(name, sizeof(name), "Boot%04X", load_le16(current));
        if (efivarfs_read(source->variables, &guid_efi_global, name, &value, &size) < 0 ||
            load_option_parse(value, size, &option) != ERR_OK || option.file[0] == 0)
                return;
        memcpy(survey->started[survey->policy.started_count], option.file, sizeof(option.file));
        add_started(survey);
}

static int judge(const struct survey_source *source, int esp_fd, struct esp_survey *survey, size_t index)
{
        const struct esp_entry *entry = &survey->tree.entries[index];
        struct esp_facts facts = { .path = entry->path, .directory = entry->directory, .size = entry->size_bytes };
        uint8_t hash[ESP_LIST_SHA256SIZE];
        if (!entry->directory && esp_list_find(&survey->policy.list, entry->path) == ESP_DECLARED_WITH_HASH) {
                int r = esp_tree_hash(esp_fd, entry->path, hash);
                if (r < 0)
                        return trouble_note(&source->trouble, r, "%s on the EFI system partition cannot be read: %s.",
                                            entry->path, strerror(-r));
                facts.altered = !esp_list_has_hash(&survey->policy.list, entry->path, hash);
        }
        struct esp_finding *finding = &survey->findings[index];
        finding->verdict = esp_judge(&survey->policy, &facts, &finding->why);
        return 0;
}

static bool is_in(const char *path, const char *directory)
{
        size_t length = strlen(directory);
        return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* From the innermost outwards: whatever stays keeps the directories it is in. */
static void keep_directories(struct esp_survey *survey)
{
        const struct esp_tree *tree = &survey->tree;
        for (size_t i = tree->count; i-- > 0;) {
                struct esp_finding *finding = &survey->findings[i];
                if (tree->entries[i].directory && finding->verdict == ESP_REMOVE)
                        for (size_t j = i + 1; j < tree->count && is_in(tree->entries[j].path, tree->entries[i].path); j++)
                                if (survey->findings[j].verdict != ESP_REMOVE)
                                        finding->verdict = ESP_KEEP;
                survey->removals += finding->verdict == ESP_REMOVE;
        }
}

int esp_survey(const struct survey_source *source, int esp_fd, struct esp_survey *ret)
{
        ret->policy.remove_undeclared = source->settings->esp_remove_undeclared;
        if (source->variables->directory_fd >= 0) {
                read_started(source, ret);
                read_boot_current(source, ret);
        }
        int r = read_list(source, ret);
        if (r < 0)
                return r;
        r = esp_tree_read(esp_fd, &ret->tree);
        if (r == -E2BIG)
                return trouble_note(&source->trouble, r,
                                    "The EFI system partition holds more than %d files, or directories more than %d deep.",
                                    ESP_TREE_ENTRIES_MAX, ESP_TREE_DEPTH_MAX);
        if (r == -EILSEQ)
                return trouble_note(&source->trouble, r,
                                    "The EFI system partition holds a file whose name cannot be opened, so nobody could remove "
                                    "it. Delete it from another system, or make the partition anew.");
        if (r < 0)
                return trouble_note(&source->trouble, r, "The EFI system partition cannot be read: %s.", strerror(-r));
        ret->findings = calloc(ret->tree.count + 1, sizeof(*ret->findings));
        if (!ret->findings)
                return trouble_note(&source->trouble, -ENOMEM, "Not enough memory to look at the EFI system partition.");
        for (size_t i = 0; r == 0 && i < ret->tree.count; i++)
                r = judge(source, esp_fd, ret, i);
        if (r == 0)
                keep_directories(ret);
        return r;
}

enum esp_verdict esp_survey_find(const struct esp_survey *survey, const char *path)
{
        enum esp_verdict found = ESP_REMOVE;
        for (size_t i = 0; i < survey->tree.count; i++) {
                const char *entry = survey->tree.entries[i].path;
                bool same = path[0] ? esp_path_equal(entry, path) : esp_path_matches(ESP_DEFAULT_LOADERS, entry);
                if (!survey->tree.entries[i].directory && same && survey->findings[i].verdict < found)
                        found = survey->findings[i].verdict;
        }
        return found;
}

void esp_survey_done(struct esp_survey *survey)
{
        esp_tree_done(&survey->tree);
        free(survey->findings);
        free(survey->list_text);
        *survey = (struct esp_survey){ 0 };
}
