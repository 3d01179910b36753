/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/tpm/recovery-wrap.h"

#include "common/base/sha256.h"
#include "linux/base/cleanup.h"
#include "linux/base/random.h"
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#define PURPOSE    "cleanslate recovery key 1"
#define NONCE_SIZE 12
#define TAG_SIZE   16
_Static_assert(NONCE_SIZE + VOLUME_SECRET_SIZE + TAG_SIZE == LUKS_TOKEN_WRAPPED_SIZE, "nonce, text, tag");

static void free_context(EVP_CIPHER_CTX **context)
{
        EVP_CIPHER_CTX_free(*context);
}

/* The key as it is written down also opens a keyslot: what encrypts here is derived from it. */
static bool begin(EVP_CIPHER_CTX *context, bool wrapping, const uint8_t key[static RECOVERY_KEY_SIZE], const uint8_t *nonce)
{
        uint8_t derived[SHA256_SIZE];
        hmac_sha256_derive((struct bytes){ key, RECOVERY_KEY_SIZE }, PURPOSE, derived);
        int done = context ? EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, derived, nonce, wrapping) : 0;
        explicit_bzero(derived, sizeof(derived));
        return done == 1;
}

int recovery_wrap(const uint8_t key[static RECOVERY_KEY_SIZE], const uint8_t secret[static VOLUME_SECRET_SIZE],
                  uint8_t ret[static LUKS_TOKEN_WRAPPED_SIZE])
{
        _cleanup_(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        int n;
        if (random_bytes(ret, NONCE_SIZE) < 0 || !begin(context, true, key, ret) ||
            EVP_CipherUpdate(context, ret + NONCE_SIZE, &n, secret, VOLUME_SECRET_SIZE) != 1 ||
            EVP_CipherFinal_ex(context, ret + NONCE_SIZE + n, &n) != 1 ||
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, ret + NONCE_SIZE + VOLUME_SECRET_SIZE) != 1)
                return -EIO;
        return 0;
}

int recovery_unwrap(const uint8_t key[static RECOVERY_KEY_SIZE], const uint8_t wrapped[static LUKS_TOKEN_WRAPPED_SIZE],
                    uint8_t ret_secret[static VOLUME_SECRET_SIZE])
{
        _cleanup_(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t secret[VOLUME_SECRET_SIZE], tag[TAG_SIZE];
        int n;
        memcpy(tag, wrapped + NONCE_SIZE + VOLUME_SECRET_SIZE, sizeof(tag));
        if (!begin(context, false, key, wrapped) ||
            EVP_CipherUpdate(context, secret, &n, wrapped + NONCE_SIZE, VOLUME_SECRET_SIZE) != 1 ||
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) != 1)
                return -EIO;
        int r = EVP_CipherFinal_ex(context, secret + n, &n) == 1 ? 0 : -EACCES;
        if (r == 0)
                memcpy(ret_secret, secret, sizeof(secret));
        explicit_bzero(secret, sizeof(secret));
        return r;
}
