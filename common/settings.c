/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate.conf: what repart.d cannot say. Stricter than repart.d's reader: what is not known, or said twice, is an error,
 * because a misspelt key here would weaken an erasure without a word. */
#include "common/bytes.h"
#include "common/ini.h"
#include "common/policy-values.h"
#include "common/policy.h"

#define ATTEMPTS_MAX 100

static bool set_erase_level(struct settings *settings, const char *value)
{
        return erase_level_parse(value, &settings->erase_level);
}

static bool set_tpm_clear(struct settings *settings, const char *value)
{
        return tpm_clear_policy_parse(value, &settings->tpm_clear);
}

static bool set_without_tpm(struct settings *settings, const char *value)
{
        bool plain = text_equal(value, "plain");

        if (!plain && !text_equal(value, "refuse"))
                return false;
        settings->without_tpm = plain ? WITHOUT_TPM_PLAIN : WITHOUT_TPM_REFUSE;
        return true;
}

static bool set_attempts(struct settings *settings, const char *value)
{
        uint64_t attempts;

        if (!text_to_u64(value, text_length(value), &attempts) || attempts < 1 || attempts > ATTEMPTS_MAX)
                return false;
        settings->failures_max = (uint32_t)attempts;
        return true;
}

static const struct {
        const char *section, *key;
        bool (*set)(struct settings *settings, const char *value);
        const char *domain;
} keys[] = {
        { "Reset", "erase-level", set_erase_level, "one of crypto, clear, purge" },
        { "Reset", "tpm-clear", set_tpm_clear, "one of required, try, skip" },
        { "Reset", "without-tpm", set_without_tpm, "one of refuse, plain" },
        { "Reset", "attempts", set_attempts, "1 to 100" },
};

static bool section_is_known(const char *section)
{
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (text_equal(section, keys[i].section))
                        return true;
        return false;
}

/* `seen` has one place a key. */
static enum err apply(const struct ini *ini, struct settings *settings, bool seen[static ARRAY_SIZE(keys)],
                      const char **ret_detail)
{
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                if (!text_equal(ini->section, keys[i].section) || !text_equal(ini->key, keys[i].key))
                        continue;
                *ret_detail = "";
                if (seen[i])
                        return ERR_DUPLICATE;
                seen[i] = true;
                *ret_detail = keys[i].domain;
                return keys[i].set(settings, ini->value) ? ERR_OK : ERR_RANGE;
        }
        *ret_detail = "see cleanslate.conf(5) for the keys of this section";
        return ERR_UNKNOWN_KEY;
}

enum err policy_read_settings(struct policy *policy, const char *file, const char *text, size_t size,
                              struct policy_error *ret_error)
{
        struct settings settings = policy->settings;
        bool seen[ARRAY_SIZE(keys)] = { false };
        const char *detail = "";
        enum ini_item item;
        struct ini ini;
        enum err err;

        if (size > POLICY_FILE_MAX)
                return policy_error_fill(ret_error, ERR_TOO_LARGE, file, 0, "", "the file may have 64 KiB");
        ini_init(&ini, text, size);
        do {
                err = ini_next(&ini, &item);
                if (err != ERR_OK)
                        return policy_error_fill(ret_error, err, file, ini.line, "", ini.detail);
                if (item == INI_SECTION && !section_is_known(ini.section))
                        return policy_error_fill(ret_error, ERR_UNKNOWN_KEY, file, ini.line, ini.section,
                                                 "the known section is [Reset]");
                if (item == INI_ENTRY)
                        err = apply(&ini, &settings, seen, &detail);
                if (err != ERR_OK)
                        return policy_error_fill(ret_error, err, file, ini.line, ini.key, detail);
        } while (item != INI_END);
        policy->settings = settings;
        return ERR_OK;
}
