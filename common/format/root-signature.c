/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a root-verity-sig partition; see root-signature.h. */
#include "common/format/root-signature.h"
#include "common/base/base64.h"
#include "common/base/bytes.h"
#include "common/base/json.h"
#include "common/base/memory.h"

/* Copies a string member; text longer than `capacity` is out of range, not a fault of the file's size. */
static enum err read_text(const struct json *json, const char *key, char *ret, size_t capacity)
{
        int token = json_member(json, 0, key);
        enum err err;

        if (token < 0)
                return ERR_MISSING;
        err = json_string(json, token, ret, capacity);
        return err == ERR_TOO_LARGE ? ERR_RANGE : err;
}

static enum err read_root_hash(const struct json *json, struct root_signature *ret)
{
        char text[ROOT_HASH_SIZE_MAX * 2 + 1];
        enum err err = read_text(json, "rootHash", text, sizeof(text));
        size_t length;

        if (err != ERR_OK)
                return err;
        length = text_length(text);
        if (length % 2 != 0 || !ROOT_SIGNATURE_ROOT_SIZE_OK(length / 2) ||
            !text_to_hex_bytes(text, length, ret->root_hash, length / 2))
                return ERR_RANGE;
        ret->root_hash_size = length / 2;
        return ERR_OK;
}

static enum err read_fingerprint(const struct json *json, struct root_signature *ret)
{
        char text[SHA256_SIZE * 2 + 1];
        enum err err = read_text(json, "certificateFingerprint", text, sizeof(text));

        ret->has_fingerprint = err != ERR_MISSING;
        if (err != ERR_OK)
                return err == ERR_MISSING ? ERR_OK : err;
        return text_length(text) == SHA256_SIZE * 2 && text_to_hex_bytes(text, SHA256_SIZE * 2, ret->fingerprint, SHA256_SIZE)
                       ? ERR_OK
                       : ERR_RANGE;
}

static enum err read_pkcs7(const struct json *json, struct root_signature *ret)
{
        char text[BASE64_LENGTH(ROOT_SIGNATURE_SIZE_MAX) + 1];
        enum err err = read_text(json, "signature", text, sizeof(text));

        if (err != ERR_OK)
                return err;
        if (base64_decode(text, text_length(text), ret->pkcs7, sizeof(ret->pkcs7), &ret->pkcs7_size) != ERR_OK ||
            ret->pkcs7_size == 0)
                return ERR_RANGE;
        return ERR_OK;
}

/* What pads the text to the partition's size. */
static bool only_padding(const char *text, size_t from, size_t size)
{
        for (size_t at = from; at < size; at++)
                if (text[at] != 0)
                        return false;
        return true;
}

enum err root_signature_parse(const char *text, size_t size, struct root_signature *ret)
{
        struct json json;
        size_t length = 0;
        enum err err;

        while (length < size && text[length] != 0)
                length++;
        if (!only_padding(text, length, size))
                return ERR_SYNTAX;
        err = json_parse(&json, text, length);
        if (err == ERR_OK)
                err = read_root_hash(&json, ret);
        if (err == ERR_OK)
                err = read_fingerprint(&json, ret);
        if (err == ERR_OK)
                err = read_pkcs7(&json, ret);
        return err;
}

bool root_signature_is_for(const struct root_signature *signature, const uint8_t *root_hash, size_t root_hash_size)
{
        return signature->root_hash_size == root_hash_size && memcmp(signature->root_hash, root_hash, root_hash_size) == 0;
}
