/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From PEM and .pcrsig to what TPM commands take; see tpm-signature.h. */
#include "linux/tpm/tpm-signature.h"

#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <tss2/tss2_mu.h>

static void free_pkey(EVP_PKEY **key)
{
        EVP_PKEY_free(*key);
}

static void free_bio(BIO **bio)
{
        BIO_free(*bio);
}

static void free_bignum(BIGNUM **number)
{
        BN_free(*number);
}

static void free_der(unsigned char **der)
{
        OPENSSL_free(*der);
}

static EVP_PKEY *read_pem(const char *pem)
{
        _cleanup_(free_bio) BIO *bio = BIO_new_mem_buf(pem, -1);
        EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
        ERR_clear_error();
        return key;
}

/* The name depends on every field: attributes, NULL schemes and the exponent written out are systemd's choice, not ours. */
static int to_tpm_public(const EVP_PKEY *key, TPM2B_PUBLIC *ret)
{
        _cleanup_(free_bignum) BIGNUM *modulus = NULL, *exponent = NULL;
        if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1 ||
            EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
                return -EINVAL;
        int size = BN_num_bytes(modulus);
        if (size < 128 || size > TPM2_MAX_RSA_KEY_BYTES || BN_num_bits(modulus) != size * 8 || BN_num_bits(exponent) > 32)
                return -EINVAL;

        *ret = (TPM2B_PUBLIC){
                .publicArea = {
                        .type = TPM2_ALG_RSA,
                        .nameAlg = TPM2_ALG_SHA256,
                        .objectAttributes = TPMA_OBJECT_DECRYPT | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_USERWITHAUTH,
                        .parameters.rsaDetail = {
                                .symmetric.algorithm = TPM2_ALG_NULL,
                                .scheme.scheme = TPM2_ALG_NULL,
                                .keyBits = (TPMI_RSA_KEY_BITS)(size * 8),
                                .exponent = (UINT32)BN_get_word(exponent),
                        },
                        .unique.rsa.size = (UINT16)size,
                },
        };
        return BN_bn2bin(modulus, ret->publicArea.unique.rsa.buffer) == size ? 0 : -EINVAL;
}

/* TPM 2.0 part 1, 16 "Names": algorithm identifier, then the digest of the marshalled public area. */
static int compute_name(struct signing_key *key)
{
        uint8_t marshalled[sizeof(TPMT_PUBLIC)];
        size_t size = 0;
        if (Tss2_MU_TPMT_PUBLIC_Marshal(&key->public.publicArea, marshalled, sizeof(marshalled), &size) != TSS2_RC_SUCCESS)
                return -EINVAL;
        key->name[0] = TPM2_ALG_SHA256 >> 8;
        key->name[1] = TPM2_ALG_SHA256 & 0xff;
        sha256_chunks(&(struct bytes){ marshalled, size }, 1, key->name + 2);
        key->name_size = 2 + SHA256_SIZE;
        return 0;
}

static int compute_fingerprint(const EVP_PKEY *key, uint8_t ret[static SHA256_SIZE])
{
        _cleanup_(free_der) unsigned char *der = NULL;
        int size = i2d_PublicKey(key, &der);
        if (size <= 0)
                return -EINVAL;
        sha256_chunks(&(struct bytes){ der, (size_t)size }, 1, ret);
        return 0;
}

int signing_key_read(const char *public_key_pem, struct signing_key *ret)
{
        struct signing_key key = { 0 };
        _cleanup_(free_pkey) EVP_PKEY *pkey = read_pem(public_key_pem);
        if (!pkey || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA)
                return -EINVAL;
        int r = to_tpm_public(pkey, &key.public);
        if (r == 0)
                r = compute_name(&key);
        if (r == 0)
                r = compute_fingerprint(pkey, key.fingerprint);
        if (r == 0)
                *ret = key;
        return r;
}

void signing_key_policy(const struct signing_key *key, uint8_t ret[static SHA256_SIZE])
{
        pcr_policy_authorize_digest(sha256_chunks, (struct bytes){ key->name, key->name_size }, ret);
}

void pcr_signature_to_tpm(const struct pcr_signature *entry, TPM2B_DIGEST *ret_digest, TPMT_SIGNATURE *ret_signature)
{
        _Static_assert(sizeof(entry->signature) <= sizeof(ret_signature->signature.rsassa.sig.buffer), "a signature must fit");
        *ret_digest = (TPM2B_DIGEST){ .size = SHA256_SIZE };
        sha256_chunks(&(struct bytes){ entry->policy, sizeof(entry->policy) }, 1, ret_digest->buffer);
        *ret_signature = (TPMT_SIGNATURE){
                .sigAlg = TPM2_ALG_RSASSA,
                .signature.rsassa = { .hash = TPM2_ALG_SHA256, .sig.size = entry->signature_size },
        };
        memcpy(ret_signature->signature.rsassa.sig.buffer, entry->signature, entry->signature_size);
}
