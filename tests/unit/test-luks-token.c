/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Promise: the token is systemd's own form, and what we cannot satisfy is refused instead of half-understood. */
#include "common/format/luks-token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HASH "0101010101010101010101010101010101010101010101010101010101010101"

static struct luks_token sample(void)
{
        struct luks_token token = { .blob = { 1, 2, 3, 250 },
                                    .blob_size = 4,
                                    .pcrs = 1 << 4 | 1 << 7,
                                    .public_key_pem = "-----BEGIN PUBLIC KEY-----\n" };
        memset(token.policy_hash, 1, sizeof(token.policy_hash));
        memcpy(token.origin, "\0\1\2", 3);
        token.origin_size = 3;
        return token;
}

static void encoded_token_has_the_members_systemd_reads(void **state)
{
        char text[LUKS_TOKEN_JSON_MAX];
        struct luks_token token = sample();
        struct writer writer = writer_over(text, sizeof(text));
        luks_token_encode(&token, &writer);
        assert_false(writer.overflow);
        assert_string_equal(text,
                            "{\"type\":\"systemd-tpm2\",\"keyslots\":[\"0\"],\"tpm2-blob\":\"AQID+g==\",\"tpm2-pcrs\":[4,7],"
                            "\"tpm2-pcr-bank\":\"sha256\",\"tpm2-primary-alg\":\"ecc\",\"tpm2-policy-hash\":\"" HASH "\","
                            "\"tpm2-pin\":false,\"tpm2_pubkey_pcrs\":[11],"
                            "\"tpm2_pubkey\":\"LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0K\",\"cleanslate-origin\":\"AAEC\"}");
}

static void encoded_token_decodes_to_itself(void **state)
{
        char text[LUKS_TOKEN_JSON_MAX];
        struct luks_token token = sample(), decoded;
        struct writer writer = writer_over(text, sizeof(text));
        memset(&decoded, 0xff, sizeof(decoded));
        luks_token_encode(&token, &writer);
        assert_int_equal(luks_token_decode(text, writer.size, &decoded), ERR_OK);
        assert_int_equal(decoded.blob_size, token.blob_size);
        assert_memory_equal(decoded.blob, token.blob, token.blob_size);
        assert_int_equal(decoded.pcrs, token.pcrs);
        assert_false(decoded.primary_is_rsa);
        assert_int_equal(decoded.origin_size, token.origin_size);
        assert_memory_equal(decoded.origin, token.origin, token.origin_size);
        assert_memory_equal(decoded.policy_hash, token.policy_hash, sizeof(token.policy_hash));
        assert_string_equal(decoded.public_key_pem, token.public_key_pem);
}

static void an_rsa_storage_key_is_told_to_systemd(void **state)
{
        char text[LUKS_TOKEN_JSON_MAX];
        struct luks_token token = sample(), decoded;
        struct writer writer = writer_over(text, sizeof(text));
        token.primary_is_rsa = true;
        luks_token_encode(&token, &writer);
        assert_non_null(strstr(text, "\"tpm2-primary-alg\":\"rsa\""));
        assert_int_equal(luks_token_decode(text, writer.size, &decoded), ERR_OK);
        assert_true(decoded.primary_is_rsa);
}

/* libcryptsetup hands tokens out through json-c, which escapes slashes. */
static void escaped_slashes_in_base64_are_understood(void **state)
{
        const char *text = "{\"type\":\"systemd-tpm2\",\"tpm2-blob\":\"\\/\\/8=\",\"tpm2-pcrs\":[],\"tpm2-pcr-bank\":\"sha256\","
                           "\"tpm2-policy-hash\":\"" HASH "\",\"tpm2_pubkey_pcrs\":[11],\"tpm2_pubkey\":\"QQ==\"}";
        struct luks_token decoded;
        assert_int_equal(luks_token_decode(text, strlen(text), &decoded), ERR_OK);
        assert_int_equal(decoded.blob_size, 2);
        assert_memory_equal(decoded.blob, "\xff\xff", 2);
}

static void tokens_we_cannot_satisfy_are_refused(void **state)
{
#define TOKEN(type, pcrs, bank, pin, signed_pcrs, blob, hash)                                                \
        "{\"type\":\"" type "\",\"tpm2-blob\":\"" blob "\",\"tpm2-pcrs\":" pcrs ",\"tpm2-pcr-bank\":\"" bank \
        "\",\"tpm2-pin\":" pin ",\"tpm2-policy-hash\":\"" hash "\",\"tpm2_pubkey_pcrs\":" signed_pcrs        \
        ",\"tpm2_pubkey\":\"QQ==\"}"
        static const struct {
                const char *text;
                enum err expected;
        } cases[] = {
                { TOKEN("systemd-tpm2", "[]", "sha256", "false", "[11]", "AQ==", HASH), ERR_OK },
                { TOKEN("systemd-fido2", "[]", "sha256", "false", "[11]", "AQ==", HASH), ERR_MISSING },
                { TOKEN("systemd-tpm2", "[7,23]", "sha256", "false", "[11]", "AQ==", HASH), ERR_OK },
                { TOKEN("systemd-tpm2", "[24]", "sha256", "false", "[11]", "AQ==", HASH), ERR_RANGE },
                { TOKEN("systemd-tpm2", "[7,7]", "sha256", "false", "[11]", "AQ==", HASH), ERR_RANGE },
                { TOKEN("systemd-tpm2", "[[7]]", "sha256", "false", "[11]", "AQ==", HASH), ERR_RANGE },
                { TOKEN("systemd-tpm2", "7", "sha256", "false", "[11]", "AQ==", HASH), ERR_UNSUPPORTED },
                { TOKEN("systemd-tpm2", "[]", "sha1", "false", "[11]", "AQ==", HASH), ERR_UNSUPPORTED },
                { TOKEN("systemd-tpm2", "[]", "sha256", "true", "[11]", "AQ==", HASH), ERR_UNSUPPORTED },
                { TOKEN("systemd-tpm2", "[]", "sha256", "false", "[11,12]", "AQ==", HASH), ERR_UNSUPPORTED },
                { TOKEN("systemd-tpm2", "[]", "sha256", "false", "[4]", "AQ==", HASH), ERR_UNSUPPORTED },
                { TOKEN("systemd-tpm2", "[]", "sha256", "false", "[11]", "AQ=", HASH), ERR_SYNTAX },
                { TOKEN("systemd-tpm2", "[]", "sha256", "false", "[11]", "AQ==", "01"), ERR_RANGE },
                { "{\"type\":\"systemd-tpm2\"}", ERR_MISSING },
                { "[]", ERR_SYNTAX },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct luks_token decoded;
                enum err err = luks_token_decode(cases[i].text, strlen(cases[i].text), &decoded);
                if (err != cases[i].expected)
                        fail_msg("case %zu: %s instead of %s", i, err_name(err), err_name(cases[i].expected));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(encoded_token_has_the_members_systemd_reads),
                cmocka_unit_test(encoded_token_decodes_to_itself),
                cmocka_unit_test(an_rsa_storage_key_is_told_to_systemd),
                cmocka_unit_test(escaped_slashes_in_base64_are_understood),
                cmocka_unit_test(tokens_we_cannot_satisfy_are_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
