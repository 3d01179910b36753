/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/esp-survey.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/esp/esp-survey-started.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int read_list(const struct survey_source *source, struct esp_survey *survey)
{
        struct esp_list *list = &survey->policy.list;
        const char *detail;
        unsigned line;
        int r = file_read(source->root_fd, &ESP_LIST_PATH[1], ESP_LIST_MAX, &survey->list_text, &list->size);
        if (r == -ENOENT && source->settings->esp_undeclared != ESP_UNDECLARED_REMOVE)
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

/* The first bytes of a program of firmware's. */
static bool is_program(int esp_fd, const char *path)
{
        const char *name;
        char magic[2] = "";
        _cleanup_close_ int parent = esp_tree_open_parent(esp_fd, path, &name);
        _cleanup_close_ int fd = parent < 0 ? -1 : openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        return fd >= 0 && pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) && magic[0] == 'M' && magic[1] == 'Z';
}

static bool is_copy(const struct survey_source *source, int esp_fd, const struct esp_survey *survey,
                    const struct esp_entry *entry)
{
        uint8_t hash[SHA256_SIZE];
        return survey->own && entry != survey->own && entry->size_bytes == survey->own->size_bytes &&
               esp_hashes_get(source->hashes, esp_fd, entry->path, hash) == 0 &&
               memcmp(hash, survey->own_hash, sizeof(hash)) == 0;
}

static int judge(const struct survey_source *source, int esp_fd, struct esp_survey *survey, size_t index)
{
        const struct esp_entry *entry = &survey->tree.entries[index];
        struct esp_facts facts = { .path = entry->path, .directory = entry->directory, .size = entry->size_bytes };
        uint8_t hash[ESP_LIST_SHA256SIZE];
        enum esp_declared declared = entry->directory ? ESP_DECLARED : esp_list_find(&survey->policy.list, entry->path);
        if (declared == ESP_DECLARED_WITH_HASH) {
                int r = esp_hashes_get(source->hashes, esp_fd, entry->path, hash);
                if (r < 0)
                        return trouble_note(&source->trouble, r, "%s on the EFI system partition cannot be read: %s.",
                                            entry->path, strerror(-r));
                facts.altered = !esp_list_has_hash(&survey->policy.list, entry->path, hash);
        }
        if (declared == ESP_NOT_DECLARED || facts.altered) {
                facts.program = is_program(esp_fd, entry->path);
                facts.copy = (facts.program || esp_is_loader(entry->path)) && is_copy(source, esp_fd, survey, entry);
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

static int read_tree(const struct survey_source *source, int esp_fd, struct esp_survey *survey)
{
        int r = esp_tree_read(esp_fd, &survey->tree);
        if (r == -E2BIG)
                return trouble_note(&source->trouble, r,
                                    "The EFI system partition holds more than %d files, or directories more than %d deep.",
                                    ESP_TREE_ENTRIES_MAX, ESP_TREE_DEPTH_MAX);
        if (r == -EILSEQ)
                return trouble_note(&source->trouble, r,
                                    "The EFI system partition holds a file whose name cannot be opened, so nobody could remove "
                                    "it. Delete it from another system, or format the partition.");
        if (r < 0)
                return trouble_note(&source->trouble, r, "The EFI system partition cannot be read: %s.", strerror(-r));
        survey->findings = calloc(survey->tree.count + 1, sizeof(*survey->findings));
        return survey->findings
                       ? 0
                       : trouble_note(&source->trouble, -ENOMEM, "Not enough memory to look at the EFI system partition.");
}

int esp_survey(const struct survey_source *source, int esp_fd, struct esp_survey *ret)
{
        ret->policy.undeclared = source->settings->esp_undeclared;
        int r = read_list(source, ret);
        if (r == 0)
                r = read_tree(source, esp_fd, ret);
        if (r == 0)
                esp_started_find(source, esp_fd, ret);
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
