/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy as a whole: a file is read into a draft, and only a draft without fault becomes part of it. The keys are
 * policy-keys.c's, cleanslate.conf is settings.c's. */
#include "common/policy/policy.h"
#include "common/base/bytes.h"
#include "common/base/ini.h"
#include "common/base/memory.h"
#include "common/policy/policy-keys.h"
#include "common/policy/policy-values.h"

void policy_init(struct policy *ret)
{
        memset(ret, 0, sizeof(*ret));
        settings_init(&ret->settings);
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

/* Reads the [Partition] section; other sections are somebody else's, as for repart. */
static enum err read_definition(struct definition_draft *draft, const char *file, struct ini *ini, struct policy_error *ret_error)
{
        const char *key;
        enum ini_item item;
        enum err err;

        do {
                err = ini_next(ini, &item);
                if (err != ERR_OK)
                        return policy_error_fill(ret_error, err, file, ini->line, "", ini->detail);
                if (item != INI_ENTRY || !text_equal(ini->section, "Partition"))
                        continue;
                err = definition_draft_apply(draft, ini->key, ini->value);
                if (err != ERR_OK)
                        return policy_error_fill(ret_error, err, file, ini->line, ini->key, draft->detail);
        } while (item != INI_END);

        err = definition_draft_finish(draft, &key);
        return err == ERR_OK ? err : policy_error_fill(ret_error, err, file, 0, key, draft->detail);
}

enum err policy_add_partition(struct policy *policy, const char *file, const char *text, size_t size,
                              struct policy_error *ret_error)
{
        const char *name = base_name(file);
        struct definition_draft draft;
        struct ini ini;
        enum err err;

        definition_draft_init(&draft);
        if (!text_copy(draft.definition.file, sizeof(draft.definition.file), name, text_length(name)))
                return policy_error_fill(ret_error, ERR_TOO_LARGE, name, 0, "", "at most 63 bytes in a file's name");
        if (size > POLICY_FILE_MAX)
                return policy_error_fill(ret_error, ERR_TOO_LARGE, name, 0, "", "at most 64 KiB in a definition");
        if (policy->partition_count >= POLICY_PARTITIONS_MAX)
                return policy_error_fill(ret_error, ERR_TOO_LARGE, name, 0, "", "at most 16 definitions");
        ini_init(&ini, text, size);
        err = read_definition(&draft, name, &ini, ret_error);
        if (err == ERR_OK)
                policy->partitions[policy->partition_count++] = draft.definition;
        return err;
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
