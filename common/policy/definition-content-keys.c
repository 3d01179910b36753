/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One small function a key: what is in the partition, but for its files. */
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
        return value[0] == '\0' || text_equal(value, "auto") ? ERR_OK
                                                             : definition_path_of(draft, value, text_length(value), path);
}

enum err apply_block_size(struct definition_draft *draft, const char *value)
{
        uint64_t size;

        if (!value_to_size(value, &size) || size < 512 || size > 4096 || (size & (size - 1)) != 0)
                return definition_fail(draft, ERR_RANGE, "512, 1024, 2048 or 4096");
        return ERR_OK;
}
