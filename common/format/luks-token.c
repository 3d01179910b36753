/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/format/luks-token.h"

#include "common/base/base64.h"
#include "common/base/json-write.h"
#include "common/base/json.h"
#include "common/base/memory.h"

#define TOKEN_TYPE   "systemd-tpm2"
#define BANK         "sha256"
#define PCR_SIGNED   11
#define PCR_COUNT    24
#define BASE64_MAX   (BASE64_LENGTH(LUKS_TOKEN_KEY_MAX) + 1)
#define HEX_HASH_MAX 65

/* Up to the first of its keyslots. */
static void open_token(struct writer *writer, const char *type)
{
        json_open(writer, '{');
        json_member_text(writer, "type", type);
        json_member_open(writer, "keyslots", '[');
}

void luks_token_encode(const struct luks_token *token, struct writer *writer)
{
        open_token(writer, TOKEN_TYPE);
        json_text(writer, "0");
        json_close(writer, ']');
        json_member_base64(writer, "tpm2-blob", token->blob, token->blob_size);
        json_member_open(writer, "tpm2-pcrs", '[');
        for (uint32_t i = 0; i < 32; i++)
                if (token->pcrs & UINT32_C(1) << i)
                        json_number(writer, i);
        json_close(writer, ']');
        json_member_text(writer, "tpm2-pcr-bank", BANK);
        json_member_text(writer, "tpm2-primary-alg", token->primary_is_rsa ? "rsa" : "ecc");
        json_member_hex(writer, "tpm2-policy-hash", token->policy_hash, sizeof(token->policy_hash));
        json_member_flag(writer, "tpm2-pin", false);
        json_member_open(writer, "tpm2_pubkey_pcrs", '[');
        json_number(writer, PCR_SIGNED);
        json_close(writer, ']');
        json_member_base64(writer, "tpm2_pubkey", token->public_key_pem, text_length(token->public_key_pem));
        if (token->origin_size > 0)
                json_member_base64(writer, "cleanslate-origin", token->origin, token->origin_size);
        json_close(writer, '}');
}

/* A member that must hold exactly this text. */
static enum err expect_text(const struct json *json, const char *key, const char *expected, enum err otherwise)
{
        char value[32];
        int token = json_member(json, 0, key);
        if (token < 0)
                return ERR_MISSING;
        if (json_string(json, token, value, sizeof(value)) != ERR_OK || !text_equal(value, expected))
                return otherwise;
        return ERR_OK;
}

static enum err read_base64(const struct json *json, const char *key, void *ret, size_t capacity, size_t *ret_size)
{
        char text[BASE64_MAX];
        int token = json_member(json, 0, key);
        if (token < 0)
                return ERR_MISSING;
        enum err err = json_string(json, token, text, sizeof(text));
        if (err != ERR_OK)
                return err;
        err = base64_decode(text, text_length(text), ret, capacity, ret_size);
        return err == ERR_BUFFER_TOO_SMALL ? ERR_TOO_LARGE : err;
}

static enum err read_policy_hash(const struct json *json, uint8_t ret[static 32])
{
        char text[HEX_HASH_MAX];
        int token = json_member(json, 0, "tpm2-policy-hash");
        if (token < 0)
                return ERR_MISSING;
        enum err err = json_string(json, token, text, sizeof(text));
        if (err != ERR_OK)
                return err;
        return text_to_hex_bytes(text, text_length(text), ret, 32) ? ERR_OK : ERR_RANGE;
}

/* tpm2-pcrs: an array of the PCRs that are bound by value; absent is the same as empty. */
static enum err read_pcrs(const struct json *json, uint32_t *ret)
{
        int pcrs = json_member(json, 0, "tpm2-pcrs");
        uint64_t number;

        *ret = 0;
        if (pcrs < 0)
                return ERR_OK;
        if (!json_is(json, pcrs, JSON_ARRAY))
                return ERR_UNSUPPORTED;
        for (int i = 1; i <= json->tokens[pcrs].children; i++) {
                if (json_u64(json, pcrs + i, &number) != ERR_OK || number >= PCR_COUNT || *ret & UINT32_C(1) << number)
                        return ERR_RANGE;
                *ret |= UINT32_C(1) << number;
        }
        return ERR_OK;
}

/* What we cannot satisfy: a PIN, signed PCRs other than 11. */
static enum err refuse_unsupported(const struct json *json)
{
        uint64_t pcr;
        int pin = json_member(json, 0, "tpm2-pin"), signed_pcrs = json_member(json, 0, "tpm2_pubkey_pcrs");
        if (pin >= 0 && (!json_is(json, pin, JSON_PRIMITIVE) || json->text[json->tokens[pin].start] != 'f'))
                return ERR_UNSUPPORTED;
        if (signed_pcrs < 0)
                return ERR_MISSING;
        if (!json_is(json, signed_pcrs, JSON_ARRAY) || json->tokens[signed_pcrs].children != 1 ||
            json_u64(json, signed_pcrs + 1, &pcr) != ERR_OK || pcr != PCR_SIGNED)
                return ERR_UNSUPPORTED;
        return expect_text(json, "tpm2-pcr-bank", BANK, ERR_UNSUPPORTED);
}

static enum err read_public_key(const struct json *json, struct luks_token *token)
{
        size_t size;
        enum err err = read_base64(json, "tpm2_pubkey", token->public_key_pem, sizeof(token->public_key_pem) - 1, &size);
        if (err != ERR_OK)
                return err;
        token->public_key_pem[size] = 0;
        return text_length(token->public_key_pem) == size ? ERR_OK : ERR_ENCODING;
}

enum err luks_token_decode(const char *text, size_t size, struct luks_token *ret)
{
        struct json json;
        struct luks_token token;
        if (size > LUKS_TOKEN_JSON_MAX)
                return ERR_TOO_LARGE;
        enum err err = json_parse(&json, text, size);
        if (err == ERR_OK)
                err = expect_text(&json, "type", TOKEN_TYPE, ERR_MISSING);
        if (err == ERR_OK)
                err = refuse_unsupported(&json);
        memset(&token, 0, sizeof(token));
        if (err == ERR_OK)
                err = read_base64(&json, "tpm2-blob", token.blob, sizeof(token.blob), &token.blob_size);
        if (err == ERR_OK)
                err = read_pcrs(&json, &token.pcrs);
        if (err == ERR_OK)
                token.primary_is_rsa = expect_text(&json, "tpm2-primary-alg", "rsa", ERR_UNSUPPORTED) == ERR_OK;
        if (err == ERR_OK)
                err = read_policy_hash(&json, token.policy_hash);
        if (err == ERR_OK)
                err = read_public_key(&json, &token);
        if (err == ERR_OK && json_member(&json, 0, "cleanslate-origin") >= 0)
                err = read_base64(&json, "cleanslate-origin", token.origin, sizeof(token.origin), &token.origin_size);
        if (err == ERR_OK)
                *ret = token;
        return err;
}

void luks_recovery_encode(const uint8_t wrapped[static LUKS_TOKEN_WRAPPED_SIZE], struct writer *writer)
{
        open_token(writer, LUKS_RECOVERY_TYPE);
        json_close(writer, ']');
        json_member_base64(writer, "wrapped", wrapped, LUKS_TOKEN_WRAPPED_SIZE);
        json_close(writer, '}');
}

static enum err read_wrapped(const struct json *json, uint8_t ret[static LUKS_TOKEN_WRAPPED_SIZE])
{
        size_t found;
        enum err err = read_base64(json, "wrapped", ret, LUKS_TOKEN_WRAPPED_SIZE, &found);
        return err == ERR_OK && found != LUKS_TOKEN_WRAPPED_SIZE ? ERR_RANGE : err;
}

enum err luks_recovery_decode(const char *text, size_t size, uint8_t ret[static LUKS_TOKEN_WRAPPED_SIZE])
{
        uint8_t wrapped[LUKS_TOKEN_WRAPPED_SIZE];
        struct json json;
        if (size > LUKS_TOKEN_JSON_MAX)
                return ERR_TOO_LARGE;
        enum err err = json_parse(&json, text, size);
        if (err == ERR_OK)
                err = expect_text(&json, "type", LUKS_RECOVERY_TYPE, ERR_MISSING);
        if (err == ERR_OK)
                err = read_wrapped(&json, wrapped);
        if (err == ERR_OK)
                memcpy(ret, wrapped, sizeof(wrapped));
        return err;
}

void luks_reseal_encode(const struct luks_reseal *copy, struct writer *writer)
{
        open_token(writer, LUKS_RESEAL_TYPE);
        json_close(writer, ']');
        json_member_base64(writer, "tpm2-blob", copy->blob, copy->blob_size);
        json_member_base64(writer, "wrapped", copy->wrapped, sizeof(copy->wrapped));
        json_close(writer, '}');
}

enum err luks_reseal_decode(const char *text, size_t size, struct luks_reseal *ret)
{
        struct luks_reseal copy = { 0 };
        struct json json;
        if (size > LUKS_TOKEN_JSON_MAX)
                return ERR_TOO_LARGE;
        enum err err = json_parse(&json, text, size);
        if (err == ERR_OK)
                err = expect_text(&json, "type", LUKS_RESEAL_TYPE, ERR_MISSING);
        if (err == ERR_OK)
                err = read_base64(&json, "tpm2-blob", copy.blob, sizeof(copy.blob), &copy.blob_size);
        if (err == ERR_OK && copy.blob_size == 0)
                err = ERR_RANGE;
        if (err == ERR_OK)
                err = read_wrapped(&json, copy.wrapped);
        if (err == ERR_OK)
                *ret = copy;
        return err;
}
