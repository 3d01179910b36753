/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/policy/preserve-rule.h"

#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/policy/policy-values.h"

#define SIZE_DEFAULT (UINT32_C(64) << 10)

/* -- the section -- */

static enum err set_path(struct preserve_rule *rule, const char *value)
{
        char path[POLICY_PATH_MAX];
        enum err err = value_to_path(value, text_length(value), path);

        if (err != ERR_OK)
                return err;
        if (path[1] == '\0')
                return ERR_RANGE;
        return text_copy(rule->path, sizeof(rule->path), path, text_length(path)) ? ERR_OK : ERR_TOO_LARGE;
}

static enum err set_type(struct preserve_rule *rule, const char *value)
{
        rule->directory = text_equal(value, "directory");
        return rule->directory || text_equal(value, "file") ? ERR_OK : ERR_RANGE;
}

static enum err set_size(struct preserve_rule *rule, const char *value)
{
        uint64_t size;

        if (!value_to_size(value, &size) || size == 0 || size > PRESERVE_BYTES_MAX)
                return ERR_RANGE;
        rule->size_max_bytes = (uint32_t)size;
        return ERR_OK;
}

static const struct {
        const char *key;
        enum err (*set)(struct preserve_rule *rule, const char *value);
        const char *domain;
} keys[PRESERVE_KEY_COUNT] = {
        [PRESERVE_KEY_PATH] = { "path", set_path, "an absolute path other than /, at most 127 bytes" },
        [PRESERVE_KEY_TYPE] = { "type", set_type, "one of file, directory" },
        [PRESERVE_KEY_SIZE] = { "max-size", set_size, "1 to 4M" },
};

void preserve_draft_init(struct preserve_draft *ret, unsigned line)
{
        *ret = (struct preserve_draft){ .rule = { .size_max_bytes = SIZE_DEFAULT, .line = line } };
}

enum err preserve_draft_apply(struct preserve_draft *draft, const char *key, const char *value, const char **ret_detail)
{
        for (size_t i = 0; i < PRESERVE_KEY_COUNT; i++) {
                if (!text_equal(key, keys[i].key))
                        continue;
                *ret_detail = "";
                if (draft->seen[i])
                        return ERR_DUPLICATE;
                draft->seen[i] = true;
                *ret_detail = keys[i].domain;
                return keys[i].set(&draft->rule, value);
        }
        *ret_detail = "see cleanslate.conf(5) for the keys of this section";
        return ERR_UNKNOWN_KEY;
}

/* `path` is `top` or lies below it. */
static bool is_at_or_below(const char *path, const char *top)
{
        size_t length = text_length(top);

        if (length == 1) /* "/" */
                return true;
        return text_starts_with(path, top) && (path[length] == '\0' || path[length] == '/');
}

enum err preserve_draft_finish(const struct preserve_draft *draft, struct settings *settings, const char **ret_detail)
{
        *ret_detail = "what is kept is named by path=";
        if (!draft->seen[PRESERVE_KEY_PATH])
                return ERR_MISSING;
        *ret_detail = "another section names the same path, or one above or below it";
        for (uint32_t i = 0; i < settings->preserve_rule_count; i++)
                if (is_at_or_below(settings->preserve_rules[i].path, draft->rule.path) ||
                    is_at_or_below(draft->rule.path, settings->preserve_rules[i].path))
                        return ERR_DUPLICATE;
        *ret_detail = "at most 8 sections [Keep]";
        if (settings->preserve_rule_count >= POLICY_PRESERVE_RULES_MAX)
                return ERR_TOO_LARGE;
        settings->preserve_rules[settings->preserve_rule_count++] = draft->rule;
        return ERR_OK;
}

/* -- the judgement -- */

/* No "//", no "." or ".." as a part, none at the end; nothing that a terminal or a record would trip over. */
static bool is_plain_path(const char *path)
{
        size_t part = 0; /* where the present part begins */

        if (path[0] != '/')
                return false;
        for (size_t i = 1;; i++) {
                if (path[i] != '\0' && path[i] != '/') {
                        if ((uint8_t)path[i] < 0x20 || path[i] == 0x7f)
                                return false;
                        continue;
                }
                size_t length = i - part - 1;
                const char *text = path + part + 1;
                if (length == 0 || (length == 1 && text[0] == '.') || (length == 2 && text[0] == '.' && text[1] == '.'))
                        return false;
                if (path[i] == '\0')
                        return text_is_utf8(path, i);
                part = i;
        }
}

static bool looks_executable(const struct preserve_entry *entry)
{
        static const uint8_t elf[] = { 0x7f, 'E', 'L', 'F' }, script[] = { '#', '!' };

        if (entry->directory)
                return false;
        if (entry->mode & 0111)
                return true;
        return (entry->data.size >= sizeof(elf) && memcmp(entry->data.data, elf, sizeof(elf)) == 0) ||
               (entry->data.size >= sizeof(script) && memcmp(entry->data.data, script, sizeof(script)) == 0);
}

enum preserve_verdict preserve_judge(const struct settings *settings, const struct preserve_entry *entry,
                                     struct preserve_tally *tally)
{
        uint32_t i = 0;

        if (!is_plain_path(entry->path))
                return PRESERVE_BAD_PATH;
        while (i < settings->preserve_rule_count && !is_at_or_below(entry->path, settings->preserve_rules[i].path))
                i++;
        if (i == settings->preserve_rule_count)
                return PRESERVE_NOT_LISTED;
        const struct preserve_rule *rule = &settings->preserve_rules[i];
        bool is_top = text_equal(entry->path, rule->path);
        if (is_top ? entry->directory != rule->directory : !rule->directory)
                return PRESERVE_WRONG_TYPE;
        if (entry->mode & 06000)
                return PRESERVE_SPECIAL;
        if (looks_executable(entry))
                return PRESERVE_EXECUTABLE;
        if (entry->data.size > rule->size_max_bytes - tally->bytes[i])
                return PRESERVE_TOO_LARGE;
        tally->bytes[i] += entry->data.size;
        return PRESERVE_ALLOWED;
}

const char *preserve_verdict_text(enum preserve_verdict verdict)
{
        static const char *const texts[PRESERVE_VERDICT_COUNT] = {
                [PRESERVE_ALLOWED] = "may be kept",
                [PRESERVE_BAD_PATH] = "is no absolute path in its shortest form, or has bytes that are not allowed in one",
                [PRESERVE_NOT_LISTED] = "is not listed in a section [Keep] of the image's cleanslate.conf",
                [PRESERVE_WRONG_TYPE] = "is of another type than the section [Keep] says",
                [PRESERVE_EXECUTABLE] = "is a program or a script, and only data can be kept",
                [PRESERVE_SPECIAL] = "has the set-user-ID or set-group-ID bit, and only data can be kept",
                [PRESERVE_TOO_LARGE] = "exceeds the max-size= of its section [Keep]",
        };

        return (unsigned)verdict < PRESERVE_VERDICT_COUNT ? texts[verdict] : "is refused";
}

/* Seen there, it would be put back beneath it, where nobody sees it. */
static bool is_below_further(const struct policy *policy, const char *path, size_t first)
{
        for (size_t d = 0; d < policy->partition_count; d++)
                for (size_t m = 1; m < policy->partitions[d].mount_count; m++) {
                        const char *where = policy->partitions[d].mounts[m].where;

                        if (text_length(where) > first && is_at_or_below(path, where))
                                return true;
                }
        return false;
}

const struct partition_definition *preserve_definition(const struct policy *policy, const char *path)
{
        const struct partition_definition *found = NULL;
        size_t longest = 0;

        for (size_t i = 0; i < policy->partition_count; i++) {
                const struct partition_definition *definition = &policy->partitions[i];
                size_t length = text_length(definition->mount_point);
                if (length <= longest || !is_at_or_below(path, definition->mount_point))
                        continue;
                found = definition;
                longest = length;
        }
        return is_below_further(policy, path, longest) ? NULL : found;
}

bool preserve_rule_has_use(const struct policy *policy, const struct preserve_rule *rule)
{
        const struct partition_definition *definition = preserve_definition(policy, rule->path);

        return definition && definition->factory_reset;
}
