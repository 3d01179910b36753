/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A quote as a TPM makes it, but by libcrypto: so that each of its fields can be wrong on its own and the rest right.
 * Source: TPM 2.0 Library, part 2, 10.12 and 12.2. Header-only; each test program has its own. */
#ifndef CLEANSLATE_TESTS_SOFTWARE_QUOTE_H
#define CLEANSLATE_TESTS_SOFTWARE_QUOTE_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "common/format/record-signature.h"
#include "linux/base/hash.h"

/* fixedTPM fixedParent sensitiveDataOrigin userWithAuth noDA restricted sign */
#define QUOTE_KEY_ATTRIBUTES (1u << 1 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 10 | 1u << 16 | 1u << 18)

struct buffer {
        uint8_t bytes[TPM_ATTEST_MAX];
        size_t size;
};

static void put(struct buffer *buffer, const void *data, size_t size)
{
        assert_true(size <= sizeof(buffer->bytes) - buffer->size);
        memcpy(buffer->bytes + buffer->size, data, size);
        buffer->size += size;
}

static void put_number(struct buffer *buffer, uint64_t number, size_t size)
{
        for (size_t i = size; i-- > 0;)
                put(buffer, &(uint8_t){ (uint8_t)(number >> (8 * i)) }, 1);
}

static void put_sized(struct buffer *buffer, const void *data, size_t size)
{
        put_number(buffer, size, 2);
        put(buffer, data, size);
}

static struct buffer quote_public_area(const uint8_t x[static 32], const uint8_t y[static 32])
{
        struct buffer area = { .size = 0 };

        put_number(&area, 0x0023, 2); /* TPM_ALG_ECC */
        put_number(&area, 0x000b, 2); /* its name is made with TPM_ALG_SHA256 */
        put_number(&area, QUOTE_KEY_ATTRIBUTES, 4);
        put_number(&area, 0, 2); /* authPolicy */
        put_number(&area, 0x0010, 2);
        put_number(&area, 0x0018, 2); /* TPM_ALG_ECDSA */
        put_number(&area, 0x000b, 2);
        put_number(&area, 0x0003, 2); /* TPM_ECC_NIST_P256 */
        put_number(&area, 0x0010, 2);
        put_sized(&area, x, 32);
        put_sized(&area, y, 32);
        return area;
}

/* The qualified name of a primary key of the endorsement hierarchy. */
static void quote_signer(const uint8_t *public_area, size_t size, uint8_t ret[static 34])
{
        uint8_t name[34] = { 0, 0x0b };

        sha256_chunks(&(struct bytes){ public_area, size }, 1, name + 2);
        ret[0] = 0;
        ret[1] = 0x0b;
        sha256_chunks((struct bytes[]){ { (const uint8_t *)"\x40\0\0\x0b", 4 }, { name, sizeof(name) } }, 2, ret + 2);
}

static struct buffer quote_attest(const struct record_signature *signature)
{
        struct buffer attest = { .size = 0 };
        uint8_t signer[34], digest[SHA256_SIZE];
        struct bytes values[RECORD_SIGNATURE_PCRS];
        size_t count = 0;

        for (size_t i = 0; i < RECORD_SIGNATURE_PCRS; i++)
                if (signature->pcrs & 1u << i)
                        values[count++] = (struct bytes){ signature->values[i], SHA256_SIZE };
        sha256_chunks(values, count, digest);
        quote_signer(signature->public_area, signature->public_size, signer);
        put_number(&attest, 0xff544347, 4);
        put_number(&attest, 0x8018, 2);
        put_sized(&attest, signer, sizeof(signer));
        put_sized(&attest, signature->record_digest, SHA256_SIZE);
        put_number(&attest, 0x0102030405060708, 8); /* clock */
        put_number(&attest, 0x11121314, 4);         /* resets */
        put_number(&attest, 0x21222324, 4);         /* restarts */
        put_number(&attest, 1, 1);                  /* safe */
        put_number(&attest, 0x3132333435363738, 8); /* firmware */
        put_number(&attest, 1, 4);
        put_number(&attest, 0x000b, 2);
        put_number(&attest, 3, 1);
        for (int i = 0; i < 3; i++)
                put_number(&attest, (uint8_t)(signature->pcrs >> (8 * i)), 1);
        put_sized(&attest, digest, sizeof(digest));
        return attest;
}

__attribute__((unused)) static struct buffer quote_signature(EVP_PKEY *key, const struct buffer *attest)
{
        struct buffer signature = { .size = 0 };
        uint8_t der[128], number[32];
        const uint8_t *at = der;
        size_t size = sizeof(der);
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
        assert_int_equal(EVP_DigestSign(context, der, &size, attest->bytes, attest->size), 1);
        ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
        put_number(&signature, 0x0018, 2);
        put_number(&signature, 0x000b, 2);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), number, 32), 32);
        put_sized(&signature, number, 32);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), number, 32), 32);
        put_sized(&signature, number, 32);
        ECDSA_SIG_free(pair);
        EVP_MD_CTX_free(context);
        return signature;
}

static void quote_point(EVP_PKEY *key, uint8_t x[static 32], uint8_t y[static 32])
{
        BIGNUM *number = NULL;

        assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &number), 1);
        assert_int_equal(BN_bn2binpad(number, x, 32), 32);
        assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &number), 1);
        assert_int_equal(BN_bn2binpad(number, y, 32), 32);
        BN_free(number);
}

static void set_bytes(uint8_t *ret, size_t *ret_size, const struct buffer *buffer)
{
        memcpy(ret, buffer->bytes, buffer->size);
        *ret_size = buffer->size;
}

/* Signs anew what stands in the structure: record_digest, public_area, pcrs and values. */
static void quote_renew(EVP_PKEY *key, struct record_signature *signature)
{
        const struct buffer attest = quote_attest(signature), made = quote_signature(key, &attest);

        set_bytes(signature->attest, &signature->attest_size, &attest);
        set_bytes(signature->signature, &signature->signature_size, &made);
}

__attribute__((unused)) static void quote_make(EVP_PKEY *key, struct bytes record, struct record_signature *ret)
{
        uint8_t x[32], y[32];

        memset(ret, 0, sizeof(*ret));
        sha256_chunks(&record, 1, ret->record_digest);
        quote_point(key, x, y);
        const struct buffer area = quote_public_area(x, y);
        set_bytes(ret->public_area, &ret->public_size, &area);
        ret->pcrs = 1u << 0 | 1u << 7 | 1u << 11 | 1u << 23;
        for (uint8_t i = 0; i < RECORD_SIGNATURE_PCRS; i++)
                memset(ret->values[i], i + 1, SHA256_SIZE);
        quote_renew(key, ret);
}

#endif
