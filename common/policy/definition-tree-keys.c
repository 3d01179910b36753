/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One small function a key: which files a new file system has. */
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/policy/definition-draft.h"
#include "common/policy/policy-values.h"

/* source[:target[:options]]; quotes are part of a path, as for systemd-repart. */
static size_t field_length(const char *text)
{
        size_t length = 0;

        while (text[length] != '\0' && text[length] != ':')
                length++;
        return length;
}

enum err definition_path_of(struct definition_draft *draft, const char *text, size_t length, char ret[static POLICY_PATH_MAX])
{
        char part[DEFINITION_VALUE_MAX], expanded[DEFINITION_VALUE_MAX];
        enum err err;

        if (!text_copy(part, sizeof(part), text, length))
                return definition_fail(draft, ERR_TOO_LARGE, "the value is too long");
        err = definition_expand(draft, part, expanded, sizeof(expanded));
        return err == ERR_OK ? definition_path(draft, expanded, ret) : err;
}

/* Commas separate them, and the last one that is given counts. */
static enum err take_copy_options(struct definition_draft *draft, const char *options)
{
        static const char off[] = "fsverity=off", copy[] = "fsverity=copy";
        bool verity = false;

        while (*options != '\0') {
                size_t length = 0;

                while (options[length] != '\0' && options[length] != ',')
                        length++;
                if (length == sizeof(copy) - 1 && memcmp(options, copy, length) == 0)
                        verity = true;
                else if (length == sizeof(off) - 1 && memcmp(options, off, length) == 0)
                        verity = false;
                else if (length > 0)
                        return definition_fail(draft, ERR_RANGE,
                                               "source[:target[:options]], the options fsverity=off or fsverity=copy");
                options += length + (options[length] == ',');
        }
        draft->copy_options |= verity;
        return ERR_OK;
}

enum err apply_copy_files(struct definition_draft *draft, const char *value)
{
        struct partition_definition *definition = &draft->definition;
        struct copy_files *copy = &definition->copies[definition->copy_count];
        size_t source_length = field_length(value), target_length;
        const char *target = value[source_length] == ':' ? value + source_length + 1 : value;
        enum err err = ERR_OK;

        target_length = field_length(target);
        if (value[0] == '\0')
                return definition_fail(draft, ERR_RANGE, "source[:target[:options]]; systemd-repart takes nothing back here");
        if (definition->copy_count == POLICY_COPIES_MAX)
                return definition_fail(draft, ERR_TOO_LARGE, "at most 16 of these in a definition");
        if (target != value && target[target_length] == ':')
                err = take_copy_options(draft, target + target_length + 1);
        if (err == ERR_OK)
                err = definition_path_of(draft, value, source_length, copy->source);
        if (err == ERR_OK)
                err = definition_path_of(draft, target, target_length, copy->target);
        if (err == ERR_OK)
                definition->copy_count++;
        return err;
}

/* Paths of which one that ends in '/' means what is in the directory; nothing takes back what was there. */
static enum err take_excluded(struct definition_draft *draft, const char *value, struct excluded_path *list, uint8_t *count)
{
        char word[DEFINITION_VALUE_MAX], path[POLICY_PATH_MAX];
        enum err err;

        if (value[0] == '\0')
                *count = 0;
        while ((err = value_next_word(&value, word, sizeof(word))) == ERR_OK) {
                size_t length = text_length(word);

                err = definition_path_of(draft, word, length, path);
                if (err != ERR_OK)
                        return err;
                if (*count == POLICY_EXCLUDES_MAX)
                        return definition_fail(draft, ERR_TOO_LARGE, "at most 32 of these in a definition");
                list[*count].contents = word[length - 1] == '/';
                memcpy(list[(*count)++].path, path, sizeof(path));
        }
        return err == ERR_NOT_FOUND ? ERR_OK : definition_fail(draft, err, "absolute paths, separated by blanks");
}

enum err apply_exclude_files(struct definition_draft *draft, const char *value)
{
        return take_excluded(draft, value, draft->definition.excludes, &draft->definition.exclude_count);
}

enum err apply_exclude_files_target(struct definition_draft *draft, const char *value)
{
        return take_excluded(draft, value, draft->definition.excluded_targets, &draft->definition.excluded_target_count);
}

static bool has_directory(const struct partition_definition *definition, const char *path)
{
        for (size_t i = 0; i < definition->directory_count; i++)
                if (text_equal(definition->directories[i], path))
                        return true;
        return false;
}

enum err apply_make_directories(struct definition_draft *draft, const char *value)
{
        struct partition_definition *definition = &draft->definition;
        char word[DEFINITION_VALUE_MAX], path[POLICY_PATH_MAX];
        enum err err;

        while ((err = value_next_word(&value, word, sizeof(word))) == ERR_OK) {
                err = definition_path_of(draft, word, text_length(word), path);
                if (err != ERR_OK)
                        return err;
                if (has_directory(definition, path))
                        continue;
                if (definition->directory_count == POLICY_DIRECTORIES_MAX)
                        return definition_fail(draft, ERR_TOO_LARGE, "at most 32 directories in a definition");
                memcpy(definition->directories[definition->directory_count++], path, sizeof(path));
        }
        return err == ERR_NOT_FOUND ? ERR_OK : definition_fail(draft, err, "absolute paths, separated by blanks");
}

/* path:target; the target is text, and leads where it leads in the running system. */
static enum err take_link(struct definition_draft *draft, const char *word)
{
        struct partition_definition *definition = &draft->definition;
        struct made_link *made = &definition->links[definition->link_count];
        char path[DEFINITION_VALUE_MAX], target[DEFINITION_VALUE_MAX];
        const char *at = word;
        enum err err;

        if (definition->link_count == POLICY_LINKS_MAX)
                return definition_fail(draft, ERR_TOO_LARGE, "at most 16 links in a definition");
        err = value_next_field(&at, path, sizeof(path));
        if (err == ERR_OK)
                err = value_next_field(&at, target, sizeof(target));
        if (err != ERR_OK || at || target[0] == '\0')
                return definition_fail(draft, ERR_RANGE, "path:target, the path in the new file system");
        err = definition_path_of(draft, path, text_length(path), made->path);
        if (err != ERR_OK)
                return err;
        if (text_equal(made->path, "/"))
                return definition_fail(draft, ERR_RANGE, "the root directory is no link");
        if (!text_copy(made->target, sizeof(made->target), target, text_length(target)))
                return definition_fail(draft, ERR_TOO_LARGE, "at most 127 bytes in a link's target");
        definition->link_count++;
        return ERR_OK;
}

enum err apply_make_symlinks(struct definition_draft *draft, const char *value)
{
        char word[DEFINITION_VALUE_MAX];
        enum err err;

        while ((err = value_next_word(&value, word, sizeof(word))) == ERR_OK) {
                err = take_link(draft, word);
                if (err != ERR_OK)
                        return err;
        }
        return err == ERR_NOT_FOUND ? ERR_OK : definition_fail(draft, err, "path:target, separated by blanks");
}
