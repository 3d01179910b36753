/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where libcrypto has no memory left, nothing is verified. Its functions are the test's, and fail one at a time: allocations that
 * fail within libcrypto itself would end in an abort of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "linux/record/record-verify.h"
#include "tests/unit/software-quote.h"
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum {
        KEY_CONTEXT,
        FROM_DATA_INIT,
        FROM_DATA,
        PAIR,
        FIRST_NUMBER,
        SECOND_NUMBER,
        SET_NUMBERS,
        NUMBERS_TO_DER,
        DIGEST_CONTEXT,
        VERIFY_INIT,
        PEM_MEMORY,
        KEY_TO_DER,
        KEY_TO_PEM,
        PEM_READ,
        CALLS
};

static struct {
        bool armed, key_is_made, pair_is_new;
        int failing, numbers;
        unsigned failed, verifications;
} libcrypto;

static bool fails(int call)
{
        bool yes = libcrypto.armed && libcrypto.failing == call;

        libcrypto.failed += yes;
        return yes;
}

/* The function of this name that comes behind the test's own. */
#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

EVP_PKEY_CTX *EVP_PKEY_CTX_new_from_name(OSSL_LIB_CTX *library, const char *name, const char *properties)
{
        return fails(KEY_CONTEXT) ? NULL : REAL(EVP_PKEY_CTX_new_from_name)(library, name, properties);
}

int EVP_PKEY_fromdata_init(EVP_PKEY_CTX *context)
{
        return fails(FROM_DATA_INIT) ? 0 : REAL(EVP_PKEY_fromdata_init)(context);
}

int EVP_PKEY_fromdata(EVP_PKEY_CTX *context, EVP_PKEY **key, int selection, OSSL_PARAM parameters[])
{
        libcrypto.key_is_made = true;
        return fails(FROM_DATA) ? 0 : REAL(EVP_PKEY_fromdata)(context, key, selection, parameters);
}

ECDSA_SIG *ECDSA_SIG_new(void)
{
        libcrypto.pair_is_new = true;
        libcrypto.numbers = 0;
        return fails(PAIR) ? NULL : REAL(ECDSA_SIG_new)();
}

/* libcrypto makes more of them for itself, by this very function. */
BIGNUM *BN_bin2bn(const unsigned char *data, int size, BIGNUM *ret)
{
        int number = libcrypto.pair_is_new && libcrypto.numbers < 2 ? FIRST_NUMBER + libcrypto.numbers++ : CALLS;

        return fails(number) ? NULL : REAL(BN_bin2bn)(data, size, ret);
}

int ECDSA_SIG_set0(ECDSA_SIG *pair, BIGNUM *r, BIGNUM *s)
{
        return fails(SET_NUMBERS) ? 0 : REAL(ECDSA_SIG_set0)(pair, r, s);
}

int i2d_ECDSA_SIG(const ECDSA_SIG *pair, unsigned char **ret)
{
        return fails(NUMBERS_TO_DER) ? -1 : REAL(i2d_ECDSA_SIG)(pair, ret);
}

/* Before there is a key, digests are taken, which cannot do without. */
EVP_MD_CTX *EVP_MD_CTX_new(void)
{
        return libcrypto.key_is_made && fails(DIGEST_CONTEXT) ? NULL : REAL(EVP_MD_CTX_new)();
}

int EVP_DigestVerifyInit(EVP_MD_CTX *context, EVP_PKEY_CTX **key_context, const EVP_MD *type, ENGINE *engine, EVP_PKEY *key)
{
        return fails(VERIFY_INIT) ? 0 : REAL(EVP_DigestVerifyInit)(context, key_context, type, engine, key);
}

int EVP_DigestVerify(EVP_MD_CTX *context, const unsigned char *signature, size_t signature_size, const unsigned char *data,
                     size_t size)
{
        libcrypto.verifications += libcrypto.armed;
        return REAL(EVP_DigestVerify)(context, signature, signature_size, data, size);
}

BIO *BIO_new(const BIO_METHOD *method)
{
        return fails(PEM_MEMORY) ? NULL : REAL(BIO_new)(method);
}

int i2d_PUBKEY(const EVP_PKEY *key, unsigned char **ret)
{
        return fails(KEY_TO_DER) ? -1 : REAL(i2d_PUBKEY)(key, ret);
}

int PEM_write_bio_PUBKEY(BIO *bio, const EVP_PKEY *key)
{
        return fails(KEY_TO_PEM) ? 0 : REAL(PEM_write_bio_PUBKEY)(bio, key);
}

int BIO_read(BIO *bio, void *data, int size)
{
        return fails(PEM_READ) ? -1 : REAL(BIO_read)(bio, data, size);
}

/* A call that the code does not make, or whose failure it does not notice, is noticed here. */
static void without_memory_nothing_is_verified(void **state)
{
        static const struct bytes record = { (const uint8_t *)"{}\n", 3 };
        static struct record_signature quote;
        static struct record_verification verification, untouched;
        EVP_PKEY *device = EVP_EC_gen("P-256");

        quote_make(device, record, &quote);
        memset(&untouched, 0xaa, sizeof(untouched));
        for (int call = 0; call < CALLS; call++) {
                verification = untouched;
                libcrypto.failing = call;
                libcrypto.key_is_made = libcrypto.pair_is_new = false;
                libcrypto.failed = libcrypto.verifications = 0;
                libcrypto.armed = true;
                int r = record_verify(&quote, record, NULL, &verification);
                libcrypto.armed = false;
                assert_int_not_equal(libcrypto.failed, 0);
                assert_int_equal(libcrypto.verifications, call > VERIFY_INIT); /* not of what could not be made */
                if (call < PAIR) {                                             /* what cannot be made a key is none that fits */
                        assert_int_equal(r, 0);
                        assert_int_equal(verification.verdict, RECORD_KEY_UNFIT);
                } else if (call < PEM_MEMORY) {
                        assert_int_equal(r, 0);
                        assert_int_equal(verification.verdict, RECORD_SIGNATURE_WRONG);
                } else {
                        assert_int_equal(r, -ENOMEM);
                        assert_memory_equal(&verification, &untouched, sizeof(untouched));
                }
        }
        assert_int_equal(record_verify(&quote, record, NULL, &verification), 0);
        assert_int_equal(verification.verdict, RECORD_VERIFIED);
        EVP_PKEY_free(device);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(without_memory_nothing_is_verified) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
