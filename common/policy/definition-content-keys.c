/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One small function a key: what is in the partition. */
#include "common/base/bytes.h"
#include "common/base/memory.h"
#include "common/policy/definition-draft.h"
#include "common/policy/policy-values.h"

enum err apply_factory_reset(struct definition_draft *draft, const char *value)
{
        if (value_to_boolean(value, &draft->definition.factory_reset))
                return ERR_OK;
        return definition_fail(draft, ERR_RANGE, "yes or no");
}

enum err apply_format(struct definition_draft *draft, const char *value)
{
        for (size_t i = 0; value[i] != '\0'; i++)
                if ((value[i] < 'a' || value[i] > 'z') && (value[i] < '0' || value[i] > '9'))
                        return definition_fail(draft, ERR_RANGE, "a file system's name, of a-z and 0-9");
        draft->empty = text_equal(value, "empty");
        if (value[0] == '\0')
                return definition_fail(draft, ERR_RANGE, "a file system's name; systemd-repart takes nothing back here");
        if (!text_copy(draft->definition.format, sizeof(draft->definition.format), value, text_length(value)))
                return definition_fail(draft, ERR_TOO_LARGE, "at most 15 bytes in a file system's name");
        if (draft->empty)
                draft->definition.format[0] = '\0';
        return ERR_OK;
}

static const char *const encrypt_modes[] = {
        [ENCRYPT_OFF] = "off",
        [ENCRYPT_KEY_FILE] = "key-file",
        [ENCRYPT_TPM2] = "tpm2",
        [ENCRYPT_KEY_FILE_TPM2] = "key-file+tpm2",
};

const char *encrypt_mode_name(enum encrypt_mode mode)
{
        return (size_t)mode < ARRAY_SIZE(encrypt_modes) ? encrypt_modes[mode] : "unknown";
}

enum err apply_encrypt(struct definition_draft *draft, const char *value)
{
        bool yes = false;

        draft->definition.encrypt = ENCRYPT_OFF;
        if (value[0] == '\0')
                return ERR_OK;
        for (size_t i = 0; i < ARRAY_SIZE(encrypt_modes); i++)
                if (text_equal(value, encrypt_modes[i])) {
                        draft->definition.encrypt = (enum encrypt_mode)i;
                        return ERR_OK;
                }
        if (!value_to_boolean(value, &yes))
                return definition_fail(draft, ERR_RANGE, "one of off, key-file, tpm2, key-file+tpm2");
        draft->definition.encrypt = yes ? ENCRYPT_KEY_FILE : ENCRYPT_OFF; /* as repart takes a boolean */
        return ERR_OK;
}

const char *integrity_mode_name(enum integrity_mode mode)
{
        return mode == INTEGRITY_INLINE ? "inline" : "off";
}

enum err apply_integrity(struct definition_draft *draft, const char *value)
{
        bool on = text_equal(value, "inline");

        if (!on && value[0] != '\0' && !text_equal(value, "off") && !value_to_boolean(value, &on))
                return definition_fail(draft, ERR_RANGE, "off or inline");
        draft->definition.integrity = on ? INTEGRITY_INLINE : INTEGRITY_OFF;
        return ERR_OK;
}

enum err apply_integrity_algorithm(struct definition_draft *draft, const char *value)
{
        if (value[0] == '\0' || text_equal(value, "hmac-sha256"))
                return ERR_OK;
        if (text_equal(value, "hmac-sha1") || text_equal(value, "hmac-sha512"))
                return definition_fail(draft, ERR_UNSUPPORTED, "hmac-sha256 is the one that is supported");
        return definition_fail(draft, ERR_RANGE, "hmac-sha256");
}

/* source[:target[:options]]; quotes are part of a path, as for systemd-repart. */
static size_t field_length(const char *text)
{
        size_t length = 0;

        while (text[length] != '\0' && text[length] != ':')
                length++;
        return length;
}

/* Expands specifiers in one field and brings it into its shortest form. */
static enum err field_to_path(struct definition_draft *draft, const char *field, size_t length, char ret[static POLICY_PATH_MAX])
{
        char text[DEFINITION_VALUE_MAX], expanded[DEFINITION_VALUE_MAX];
        enum err err;

        if (!text_copy(text, sizeof(text), field, length))
                return definition_fail(draft, ERR_TOO_LARGE, "the value is too long");
        err = definition_expand(draft, text, expanded, sizeof(expanded));
        return err == ERR_OK ? definition_path(draft, expanded, ret) : err;
}

static enum err take_copy_options(struct definition_draft *draft, const char *options)
{
        if (options[0] == '\0' || text_equal(options, "fsverity=off"))
                return ERR_OK;
        if (!text_equal(options, "fsverity=copy"))
                return definition_fail(draft, ERR_RANGE, "source[:target[:options]], the options fsverity=off or fsverity=copy");
        draft->copy_options = true;
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
                err = field_to_path(draft, value, source_length, copy->source);
        if (err == ERR_OK)
                err = field_to_path(draft, target, target_length, copy->target);
        if (err == ERR_OK)
                definition->copy_count++;
        return err;
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
                err = field_to_path(draft, word, text_length(word), path);
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

/* path[:options]; the options are systemd's, ours are fixed by the W^X rule. */
enum err apply_mount_point(struct definition_draft *draft, const char *value)
{
        char path[DEFINITION_VALUE_MAX], options[DEFINITION_VALUE_MAX];
        const char *at = value;
        enum err err;

        if (value[0] == '\0') {
                draft->has_mount_point = false;
                draft->definition.mount_point[0] = '\0';
                return ERR_OK;
        }
        if (draft->has_mount_point)
                return definition_fail(draft, ERR_UNSUPPORTED, "at most one mount point in a definition");
        err = value_next_field(&at, path, sizeof(path));
        if (err == ERR_OK && at)
                err = value_next_field(&at, options, sizeof(options));
        if (err != ERR_OK || at)
                return definition_fail(draft, err == ERR_OK ? ERR_RANGE : err, "path[:options]");
        draft->has_mount_point = true;
        return definition_path(draft, path, draft->definition.mount_point);
}

enum err apply_verity(struct definition_draft *draft, const char *value)
{
        bool data = text_equal(value, "data"), hashes = text_equal(value, "hash") || text_equal(value, "signature");

        if (!data && !hashes && value[0] != '\0' && !text_equal(value, "off"))
                return definition_fail(draft, ERR_RANGE, "one of off, data, hash, signature");
        draft->has_verity = data || hashes;
        draft->has_hashes = hashes;
        return ERR_OK;
}

enum err apply_verity_match_key(struct definition_draft *draft, const char *value)
{
        draft->has_match_key = value[0] != '\0';
        return ERR_OK;
}

enum err apply_minimize(struct definition_draft *draft, const char *value)
{
        bool yes = false;

        if (text_equal(value, "guess"))
                draft->minimize = MINIMIZE_GUESS;
        else if (value[0] != '\0' && !text_equal(value, "best") && !value_to_boolean(value, &yes))
                return definition_fail(draft, ERR_RANGE, "one of off, best, guess");
        else
                draft->minimize = yes || text_equal(value, "best") ? MINIMIZE_BEST : MINIMIZE_OFF;
        return ERR_OK;
}

enum err apply_copy_blocks(struct definition_draft *draft, const char *value)
{
        char path[POLICY_PATH_MAX];

        draft->copies_blocks = value[0] != '\0';
        return value[0] == '\0' || text_equal(value, "auto") ? ERR_OK : field_to_path(draft, value, text_length(value), path);
}

enum err apply_sub_volumes(struct definition_draft *draft, const char *value)
{
        draft->has_sub_volumes |= value[0] != '\0';
        return ERR_OK;
}

enum err apply_block_size(struct definition_draft *draft, const char *value)
{
        uint64_t size;

        if (!value_to_size(value, &size) || size < 512 || size > 4096 || (size & (size - 1)) != 0)
                return definition_fail(draft, ERR_RANGE, "512, 1024, 2048 or 4096");
        return ERR_OK;
}
