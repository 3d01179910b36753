/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of [Disk]; see disk-definition.h. */
#include "common/policy/disk-definition.h"
#include "common/base/bytes.h"
#include "common/policy/policy-values.h"

static const char *const verify_names[DISK_VERIFY_COUNT] = {
        [DISK_VERIFY_FULL] = "full",
        [DISK_VERIFY_SAMPLED] = "sampled",
};

const char *disk_verify_name(enum disk_verify verify)
{
        return (unsigned)verify < DISK_VERIFY_COUNT ? verify_names[verify] : "unknown";
}

static bool is_printable(const char *text)
{
        for (; *text != '\0'; text++)
                if ((uint8_t)*text < 0x20 || *text == 0x7f)
                        return false;
        return true;
}

/* "/sys/devices/..." and more than that: all disks of a machine are below the directory itself. */
static enum err set_path(struct disk_definition *definition, const char *value)
{
        static const char below[] = "/sys/devices/";
        char path[POLICY_PATH_MAX];
        enum err err = value_to_path(value, text_length(value), path);

        _Static_assert(POLICY_PATH_MAX <= DISK_VALUE_MAX, "every path fits");
        if (err != ERR_OK)
                return err;
        if (!text_starts_with(path, below) || path[sizeof(below) - 1] == '\0' || !is_printable(path))
                return ERR_RANGE;
        definition->match = DISK_MATCH_PATH;
        return text_copy(definition->value, DISK_VALUE_MAX, path, text_length(path)) ? ERR_OK : ERR_TOO_LARGE;
}

static enum err set_id(struct disk_definition *definition, const char *value)
{
        static const char serial[] = "serial:", wwid[] = "wwid:";
        bool is_serial = text_starts_with(value, serial);

        if (!is_serial && !text_starts_with(value, wwid))
                return ERR_RANGE;
        value += is_serial ? sizeof(serial) - 1 : sizeof(wwid) - 1;
        if (value[0] == '\0' || value[0] == ' ' || !is_printable(value))
                return ERR_RANGE;
        definition->match = is_serial ? DISK_MATCH_SERIAL : DISK_MATCH_WWID;
        return text_copy(definition->value, DISK_VALUE_MAX, value, text_length(value)) ? ERR_OK : ERR_TOO_LARGE;
}

static enum err set_all(struct disk_definition *definition, const char *value)
{
        definition->match = DISK_MATCH_ALL_INTERNAL;
        return text_equal(value, "internal") ? ERR_OK : ERR_RANGE;
}

static enum err set_level(struct disk_definition *definition, const char *value)
{
        return erase_level_parse(value, &definition->level) ? ERR_OK : ERR_RANGE;
}

static enum err set_negated(const char *value, bool *ret)
{
        bool yes;

        if (!value_to_boolean(value, &yes))
                return ERR_RANGE;
        *ret = !yes;
        return ERR_OK;
}

static enum err set_purge_or_fail(struct disk_definition *definition, const char *value)
{
        return set_negated(value, &definition->fall_back);
}

static enum err set_crypto(struct disk_definition *definition, const char *value)
{
        return value_to_boolean(value, &definition->crypto_counts) ? ERR_OK : ERR_RANGE;
}

static enum err set_verify(struct disk_definition *definition, const char *value)
{
        for (size_t i = 0; i < ARRAY_SIZE(verify_names); i++)
                if (text_equal(value, verify_names[i])) {
                        definition->verify = (enum disk_verify)i;
                        return ERR_OK;
                }
        return ERR_RANGE;
}

static enum err set_required(struct disk_definition *definition, const char *value)
{
        return set_negated(value, &definition->optional);
}

static const struct {
        const char *key;
        enum err (*set)(struct disk_definition *definition, const char *value);
        const char *domain;
} keys[DISK_KEY_COUNT] = {
        [DISK_KEY_PATH] = { "path", set_path, "a path below /sys/devices/, at most 127 bytes" },
        [DISK_KEY_ID] = { "id", set_id, "serial:TEXT or wwid:TEXT, at most 127 bytes" },
        [DISK_KEY_ALL] = { "all", set_all, "internal" },
        [DISK_KEY_LEVEL] = { "level", set_level, "one of crypto, clear, purge" },
        [DISK_KEY_PURGE] = { "purge-or-fail", set_purge_or_fail, "yes or no" },
        [DISK_KEY_CRYPTO] = { "crypto-erase", set_crypto, "yes or no" },
        [DISK_KEY_VERIFY] = { "verify", set_verify, "one of full, sampled" },
        [DISK_KEY_REQUIRED] = { "required", set_required, "yes or no" },
};

void disk_draft_init(struct disk_draft *ret, unsigned line)
{
        *ret = (struct disk_draft){ .definition = { .level = ERASE_LEVEL_PURGE, .line = line } };
}

enum err disk_draft_apply(struct disk_draft *draft, const char *key, const char *value, const char **ret_detail)
{
        for (size_t i = 0; i < DISK_KEY_COUNT; i++) {
                if (!text_equal(key, keys[i].key))
                        continue;
                *ret_detail = "";
                if (draft->seen[i])
                        return ERR_DUPLICATE;
                draft->seen[i] = true;
                *ret_detail = keys[i].domain;
                return keys[i].set(&draft->definition, value);
        }
        *ret_detail = "see cleanslate.conf(5) for the keys of this section";
        return ERR_UNKNOWN_KEY;
}

static bool is_named_already(const struct settings *settings, const struct disk_definition *definition)
{
        for (uint32_t i = 0; i < settings->disk_count; i++)
                if (settings->disks[i].match == definition->match && text_equal(settings->disks[i].value, definition->value))
                        return true;
        return false;
}

enum err disk_draft_finish(const struct disk_draft *draft, struct settings *settings, const char **ret_detail)
{
        unsigned named = draft->seen[DISK_KEY_PATH] + draft->seen[DISK_KEY_ID] + draft->seen[DISK_KEY_ALL];

        *ret_detail = "a disk is named by one of path=, id=, all=internal";
        if (named != 1)
                return named == 0 ? ERR_MISSING : ERR_DUPLICATE;
        *ret_detail = "purge-or-fail= and crypto-erase= go with level=purge";
        if ((draft->seen[DISK_KEY_PURGE] || draft->seen[DISK_KEY_CRYPTO]) && draft->definition.level != ERASE_LEVEL_PURGE)
                return ERR_RANGE;
        *ret_detail = "another section names the same disk";
        if (is_named_already(settings, &draft->definition))
                return ERR_DUPLICATE;
        *ret_detail = "at most 8 sections [Disk]";
        if (settings->disk_count >= POLICY_DISKS_MAX)
                return ERR_TOO_LARGE;
        settings->disks[settings->disk_count++] = draft->definition;
        return ERR_OK;
}
