/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy as a whole: a definition and its drop-ins are read into a draft, and only a draft without fault becomes part of it. The
 * keys are definition-keys.c's, cleanslate.conf is settings.c's. */
#include "common/policy/policy.h"
#include "common/base/bytes.h"
#include "common/base/ini.h"
#include "common/base/memory.h"
#include "common/base/partition-type.h"
#include "common/policy/definition-draft.h"
#include "common/policy/mapping-name.h"
#include "common/policy/policy-root.h"
#include "common/policy/policy-values.h"
#include "common/policy/supplement.h"

void policy_init(struct policy *ret)
{
        memset(ret, 0, sizeof(*ret));
        settings_init(&ret->settings);
}

bool definition_has_tree(const struct partition_definition *definition)
{
        return definition->format[0] != '\0' && !text_equal(definition->format, "swap");
}

static bool lies_below(const char *path, const char *directory)
{
        size_t length = text_length(directory);

        return length > 1 && text_starts_with(path, directory) && path[length] == '/';
}

bool definition_is_mounted_inside(const struct partition_definition *inner, const struct partition_definition *outer)
{
        if (inner == outer || !definition_has_tree(inner) || !definition_has_tree(outer))
                return false;
        for (size_t m = 1; m < outer->mount_count; m++)
                if (lies_below(inner->mount_point, outer->mounts[m].where))
                        return true;
        return lies_below(inner->mount_point, outer->mount_point);
}

int policy_find_kept_sealed(const struct policy *policy)
{
        for (size_t d = 0; d < policy->partition_count && d < POLICY_PARTITIONS_MAX; d++) {
                enum encrypt_mode encrypt = policy->partitions[d].encrypt;

                if (!policy->partitions[d].factory_reset && (encrypt == ENCRYPT_TPM2 || encrypt == ENCRYPT_KEY_FILE_TPM2))
                        return (int)d;
        }
        return -1;
}

static const char *base_name(const char *file)
{
        const char *name = file;

        for (; *file != '\0'; file++)
                if (*file == '/')
                        name = file + 1;
        return name;
}

static bool is_of_somebody_else(const char *section)
{
        return text_starts_with(section, "X-");
}

/* Reads one text into the draft. */
static enum err read_text(struct definition_draft *draft, const struct definition_text *text, struct policy_error *ret_error)
{
        enum ini_item item;
        struct ini ini;
        enum err err;

        if (text->size > POLICY_FILE_MAX)
                return policy_error_fill(ret_error, ERR_TOO_LARGE, text->file, 0, "", "at most 64 KiB in a definition");
        ini_init(&ini, text->text, text->size);
        do {
                err = ini_next(&ini, &item);
                if (err != ERR_OK)
                        return policy_error_fill(ret_error, err, text->file, ini.line, "", ini.detail);
                if (item == INI_END || is_of_somebody_else(ini.section))
                        continue;
                if (!text_equal(ini.section, "Partition"))
                        return policy_error_fill(ret_error, ERR_UNKNOWN_KEY, text->file, ini.line, ini.section,
                                                 "a definition has the section [Partition]; one of your own begins with X-");
                if (item == INI_ENTRY)
                        err = definition_draft_apply(draft, ini.key, ini.value);
                if (err != ERR_OK)
                        return policy_error_fill(ret_error, err, text->file, ini.line, ini.key, draft->detail);
        } while (item != INI_END);
        return ERR_OK;
}

enum err policy_add_definition(struct policy *policy, const struct definition_text *texts, size_t count,
                               const struct specifiers *specifiers, struct policy_error *ret_error)
{
        const char *file = count > 0 ? texts[0].file : "", *name = base_name(file), *key;
        struct definition_draft draft;
        enum err err = ERR_OK;

        definition_draft_init(&draft, specifiers);
        if (!text_copy(draft.definition.file, sizeof(draft.definition.file), name, text_length(name)))
                return policy_error_fill(ret_error, ERR_TOO_LARGE, file, 0, "", "at most 63 bytes in a file's name");
        if (policy->partition_count >= POLICY_PARTITIONS_MAX)
                return policy_error_fill(ret_error, ERR_TOO_LARGE, file, 0, "", "at most 24 definitions");
        for (size_t i = 0; i < count && err == ERR_OK; i++)
                err = read_text(&draft, &texts[i], ret_error);
        if (err != ERR_OK)
                return err;
        err = definition_draft_finish(&draft, &key);
        if (err != ERR_OK)
                return policy_error_fill(ret_error, err, file, 0, key, draft.detail);
        policy->partitions[policy->partition_count++] = draft.definition;
        return ERR_OK;
}

static bool has_earlier(const struct policy *policy, size_t definition, const char *label)
{
        for (size_t d = 0; d < definition; d++)
                if (text_equal(policy->partitions[d].label, label))
                        return true;
        return false;
}

void policy_default_label(const struct guid *type, unsigned number, char ret[static PARTITION_NAME_MAX])
{
        const char *name = partition_type_name(type);
        struct writer writer = writer_over(ret, PARTITION_NAME_MAX);

        writer_text(&writer, name ? name : "linux");
        if (number > 1) {
                writer_char(&writer, '-');
                writer_decimal(&writer, number);
        }
}

/* With the first number that no earlier definition has. */
static void name_by_type(struct policy *policy, size_t d)
{
        struct partition_definition *definition = &policy->partitions[d];
        unsigned number = 1;

        do
                policy_default_label(&definition->type, number++, definition->label);
        while (has_earlier(policy, d, definition->label));
}

int policy_supplement_target(const struct policy *policy, size_t definition)
{
        size_t count = policy->partition_count;

        return supplement_target(policy->partitions, count < POLICY_PARTITIONS_MAX ? count : POLICY_PARTITIONS_MAX, definition);
}

static bool is_above(const char *path, const char *other)
{
        size_t length = path[1] == '\0' ? 0 : text_length(path);

        return text_starts_with(other, path) && (other[length] == '/' || other[length] == '\0');
}

/* Volumes are mounted at their first mount points before any is at a further one. */
static const struct partition_definition *find_covered(const struct policy *policy)
{
        for (size_t d = 0; d < policy->partition_count; d++)
                for (size_t m = 1; m < policy->partitions[d].mount_count; m++)
                        for (size_t other = 0; other < policy->partition_count; other++)
                                if (policy->partitions[other].mount_point[0] != '\0' &&
                                    is_above(policy->partitions[d].mounts[m].where, policy->partitions[other].mount_point))
                                        return &policy->partitions[d];
        return NULL;
}

/* Of several that are for one place, one is mounted there: who names it before who is of its type, and the first of these, as
 * systemd-gpt-auto-generator takes the first. */
static void settle_places(struct policy *policy)
{
        for (size_t d = 0; d < policy->partition_count; d++)
                for (size_t other = 0; other < d; other++) {
                        struct partition_definition *later = &policy->partitions[d], *earlier = &policy->partitions[other];

                        if (later->mount_point[0] == '\0' || !text_equal(later->mount_point, earlier->mount_point) ||
                            !definition_has_tree(later) || !definition_has_tree(earlier))
                                continue;
                        if (later->mount_count > 0 && earlier->mount_count == 0)
                                earlier->mount_point[0] = '\0';
                        else
                                later->mount_point[0] = '\0';
                }
}

static void count_namesakes(struct policy *policy, size_t d)
{
        struct partition_definition *definition = &policy->partitions[d];

        definition->namesakes = 0;
        for (size_t other = 0; other < d; other++)
                definition->namesakes += guid_equal(&definition->type, &policy->partitions[other].type) &&
                                         text_equal(definition->label, policy->partitions[other].label);
}

enum err policy_finish_definitions(struct policy *policy, struct policy_error *ret_error)
{
        const struct partition_definition *covering;
        enum err err;

        for (size_t d = 0; d < policy->partition_count; d++) {
                const char *fault = supplement_fault(policy->partitions, policy->partition_count, d, &err);

                if (fault)
                        return policy_error_fill(ret_error, err, policy->partitions[d].file, 0, "SupplementFor", fault);
        }
        err = policy_finish_root_volume(policy, ret_error);
        if (err != ERR_OK)
                return err;
        settle_places(policy);
        covering = find_covered(policy);
        if (covering)
                return policy_error_fill(ret_error, ERR_UNSUPPORTED, covering->file, 0, "MountPoint",
                                         "a further mount point lies over the first one of a definition: put it first");
        for (size_t d = 0; d < policy->partition_count; d++) {
                if (!policy->partitions[d].has_label)
                        name_by_type(policy, d);
                count_namesakes(policy, d);
                mapping_name(policy->partitions, policy->partition_count, d, policy->partitions[d].mapping);
        }
        return ERR_OK;
}

enum err policy_add_partition(struct policy *policy, const char *file, const char *text, size_t size,
                              struct policy_error *ret_error)
{
        const struct definition_text definition = { file, text, size };
        enum err err = policy_add_definition(policy, &definition, 1, NULL, ret_error);

        return err == ERR_OK ? policy_finish_definitions(policy, ret_error) : err;
}

void policy_error_format(const struct policy_error *error, char *ret, size_t capacity)
{
        struct writer writer = writer_over(ret, capacity);

        writer_text(&writer, error->file);
        if (error->line > 0) {
                writer_char(&writer, ':');
                writer_decimal(&writer, error->line);
        }
        writer_text(&writer, ": ");
        if (error->key[0] != '\0') {
                writer_text(&writer, error->key);
                writer_text(&writer, ": ");
        }
        writer_text(&writer, err_text(error->err));
        if (error->detail[0] != '\0') {
                writer_text(&writer, " (");
                writer_text(&writer, error->detail);
                writer_char(&writer, ')');
        }
}
