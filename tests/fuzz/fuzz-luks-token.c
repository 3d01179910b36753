/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A token that decodes is within its bounds and is the same again after encoding; one that does not decode leaves nothing
 * behind. */
#include "common/format/luks-token.h"
#include "tests/fuzz/fuzz.h"

static bool is_same(const struct luks_token *a, const struct luks_token *b)
{
        return a->pcrs == b->pcrs && a->origin_size == b->origin_size && memcmp(a->origin, b->origin, a->origin_size) == 0 &&
               a->blob_size == b->blob_size && memcmp(a->blob, b->blob, a->blob_size) == 0 &&
               memcmp(a->policy_hash, b->policy_hash, sizeof(a->policy_hash)) == 0 &&
               strcmp(a->public_key_pem, b->public_key_pem) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct luks_token token, again;
        static char text[LUKS_TOKEN_JSON_MAX], second[LUKS_TOKEN_JSON_MAX];
        struct writer writer = writer_over(text, sizeof(text)), other = writer_over(second, sizeof(second));

        uint8_t wrapped[LUKS_TOKEN_WRAPPED_SIZE];
        if (luks_recovery_decode((const char *)data, size, wrapped) == ERR_OK) {
                uint8_t read_again[LUKS_TOKEN_WRAPPED_SIZE];
                luks_recovery_encode(wrapped, &writer);
                MUST(!writer.overflow && luks_recovery_decode(text, writer.size, read_again) == ERR_OK);
                MUST(memcmp(wrapped, read_again, sizeof(wrapped)) == 0);
                return 0;
        }
        memset(&token, 0xa5, sizeof(token));
        if (luks_token_decode((const char *)data, size, &token) != ERR_OK) {
                for (size_t i = 0; i < sizeof(token); i++)
                        MUST(((const uint8_t *)&token)[i] == 0xa5);
                return 0;
        }
        MUST(token.blob_size <= sizeof(token.blob));
        MUST(memchr(token.public_key_pem, 0, sizeof(token.public_key_pem)) != NULL);
        luks_token_encode(&token, &writer);
        MUST(!writer.overflow);
        MUST(luks_token_decode(text, writer.size, &again) == ERR_OK);
        MUST(is_same(&token, &again));
        luks_token_encode(&again, &other);
        MUST(!other.overflow && other.size == writer.size && memcmp(text, second, writer.size) == 0);
        return 0;
}
