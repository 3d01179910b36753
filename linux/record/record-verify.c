/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record-verify.h"

#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
#include "linux/tpm/tpm.h"
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

static void free_pkey(EVP_PKEY **key)
{
        EVP_PKEY_free(*key);
}

static void free_key_context(EVP_PKEY_CTX **context)
{
        EVP_PKEY_CTX_free(*context);
}

static void free_digest_context(EVP_MD_CTX **context)
{
        EVP_MD_CTX_free(*context);
}

static void free_ecdsa(ECDSA_SIG **signature)
{
        ECDSA_SIG_free(*signature);
}

static void free_bio(BIO **bio)
{
        (void)BIO_free(*bio);
}

static void free_der(unsigned char **der)
{
        OPENSSL_free(*der);
}

/* NULL: not a point of the curve. */
static EVP_PKEY *to_pkey(const struct tpm_attest_key *key)
{
        uint8_t point[1 + 2 * TPM_ATTEST_NUMBER_SIZE] = { 4 }; /* uncompressed */
        char group[] = "prime256v1";
        EVP_PKEY *pkey = NULL;
        _cleanup_(free_key_context) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
        memcpy(point + 1, key->x, sizeof(key->x));
        memcpy(point + 1 + sizeof(key->x), key->y, sizeof(key->y));
        OSSL_PARAM parameters[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
                OSSL_PARAM_construct_end(),
        };
        if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
            EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
                return NULL;
        return pkey;
}

/* The TPM gives two numbers, libcrypto takes them as DER. */
static int to_der(const struct tpm_attest_signature *signature, unsigned char **ret)
{
        _cleanup_(free_ecdsa) ECDSA_SIG *pair = ECDSA_SIG_new();
        BIGNUM *r = BN_bin2bn(signature->r, sizeof(signature->r), NULL), *s = BN_bin2bn(signature->s, sizeof(signature->s), NULL);
        if (!pair || !r || !s || ECDSA_SIG_set0(pair, r, s) != 1) {
                BN_free(r);
                BN_free(s);
                return -ENOMEM;
        }
        return i2d_ECDSA_SIG(pair, ret);
}

static bool signature_holds(EVP_PKEY *key, const struct tpm_attest_signature *signature, struct bytes signed_bytes)
{
        _cleanup_(free_der) unsigned char *der = NULL;
        _cleanup_(free_digest_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
        int size = to_der(signature, &der);
        return context && size >= 0 && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
               EVP_DigestVerify(context, der, (size_t)size, signed_bytes.data, signed_bytes.size) == 1;
}

static int describe_key(const EVP_PKEY *key, struct record_verification *ret)
{
        _cleanup_(free_bio) BIO *bio = BIO_new(BIO_s_mem());
        _cleanup_(free_der) unsigned char *der = NULL;
        int der_size = i2d_PUBKEY(key, &der);
        if (!bio || der_size < 0 || PEM_write_bio_PUBKEY(bio, key) != 1 ||
            BIO_read(bio, ret->key_pem, sizeof(ret->key_pem) - 1) < 0)
                return -ENOMEM;
        sha256_chunks(&(struct bytes){ der, (size_t)der_size }, 1, ret->key_digest);
        return 0;
}

static int read_pinned(const char *pem, EVP_PKEY **ret)
{
        _cleanup_(free_bio) BIO *bio = BIO_new_mem_buf(pem, -1);
        *ret = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
        return *ret ? 0 : -EINVAL;
}

static int check_key(const struct record_signature *signature, const struct tpm_attest_key *attest_key,
                     const struct tpm_attest_signature *numbers, const EVP_PKEY *pinned, struct record_verification *ret)
{
        _cleanup_(free_pkey) EVP_PKEY *key = to_pkey(attest_key);
        if (!key) {
                ret->verdict = RECORD_KEY_UNFIT;
                return 0;
        }
        if (!signature_holds(key, numbers, (struct bytes){ signature->attest, signature->attest_size })) {
                ret->verdict = RECORD_SIGNATURE_WRONG;
                return 0;
        }
        if (pinned && EVP_PKEY_eq(pinned, key) != 1)
                ret->verdict = RECORD_KEY_DIFFERS;
        return describe_key(key, ret);
}

int record_verify(const struct record_signature *signature, struct bytes record, const char *pinned_pem,
                  struct record_verification *ret)
{
        struct tpm_attest_key key;
        struct tpm_attest_signature numbers;
        struct record_verification verification = { .verdict = RECORD_ALTERED };
        _cleanup_(free_pkey) EVP_PKEY *pinned = NULL;
        int r = pinned_pem ? read_pinned(pinned_pem, &pinned) : 0;
        if (r == 0) {
                verification.verdict =
                        record_signature_judge(sha256_chunks, signature, record, &verification.claim, &key, &numbers);
                if (verification.verdict == RECORD_VERIFIED)
                        r = check_key(signature, &key, &numbers, pinned, &verification);
        }
        if (r == 0)
                *ret = verification;
        ERR_clear_error();
        return r;
}
