/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a companion file says is believed only as far as it hangs together: each link of the chain is wrong once, and all others
 * right. The quotes are made without a TPM; that a TPM makes the same ones is test-record-signature's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "linux/record/record-verify.h"
#include "tests/unit/software-quote.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>

static const struct bytes record = { (const uint8_t *)"{}\n", 3 };
static EVP_PKEY *device, *another;
static struct record_signature quote;
static struct record_verification verification;

static int set_up_keys(void **state)
{
        device = EVP_EC_gen("P-256");
        another = EVP_EC_gen("P-256");
        return device && another ? 0 : -1;
}

static int free_keys(void **state)
{
        EVP_PKEY_free(device);
        EVP_PKEY_free(another);
        return 0;
}

static int set_up(void **state)
{
        quote_make(device, record, &quote);
        return 0;
}

static enum record_verdict verdict(const char *pinned)
{
        memset(&verification, 0xaa, sizeof(verification));
        assert_int_equal(record_verify(&quote, record, pinned, &verification), 0);
        return verification.verdict;
}

static void assert_nothing_is_said_of_a_key(void)
{
        static const uint8_t none[SHA256_SIZE];

        assert_string_equal(verification.key_pem, "");
        assert_memory_equal(verification.key_digest, none, sizeof(none));
}

static void a_good_quote_is_verified_and_its_key_named(void **state)
{
        unsigned char *der = NULL;
        uint8_t digest[SHA256_SIZE];

        assert_int_equal(verdict(NULL), RECORD_VERIFIED);
        assert_int_equal(verification.claim.pcrs, quote.pcrs);
        assert_int_equal(verification.claim.clock_ms, 0x0102030405060708);
        int size = i2d_PUBKEY(device, &der);
        assert_true(size > 0);
        sha256_chunks(&(struct bytes){ der, (size_t)size }, 1, digest);
        OPENSSL_free(der);
        assert_memory_equal(verification.key_digest, digest, sizeof(digest));
        assert_non_null(strstr(verification.key_pem, "-----BEGIN PUBLIC KEY-----\n"));
        assert_non_null(strstr(verification.key_pem, "-----END PUBLIC KEY-----\n"));
        assert_int_equal(verification.key_pem[strlen(verification.key_pem) - 1], '\n'); /* nothing behind it */
}

/* Whoever writes the companion writes the key, too, and the name that fits it. Only the curve says that it is none. */
static void a_point_off_the_curve_is_no_key(void **state)
{
        quote.public_area[quote.public_size - 1] ^= 1;
        quote_renew(device, &quote);
        assert_int_equal(verdict(NULL), RECORD_KEY_UNFIT);
        assert_nothing_is_said_of_a_key();
        memset(quote.public_area + quote.public_size - 66, 0, 32); /* nor is 0, 0 */
        memset(quote.public_area + quote.public_size - 32, 0, 32);
        quote_renew(device, &quote);
        assert_int_equal(verdict(NULL), RECORD_KEY_UNFIT);
        assert_nothing_is_said_of_a_key();
        assert_int_equal(ERR_peek_error(), 0); /* whoever asks next is not told of it */
}

static void a_signature_by_another_key_is_wrong(void **state)
{
        const struct buffer attest = quote_attest(&quote), made = quote_signature(another, &attest);

        set_bytes(quote.signature, &quote.signature_size, &made);
        assert_int_equal(verdict(NULL), RECORD_SIGNATURE_WRONG);
        assert_nothing_is_said_of_a_key();
        memset(quote.signature + 6, 0, 32); /* r = 0 */
        assert_int_equal(verdict(NULL), RECORD_SIGNATURE_WRONG);
        assert_int_equal(ERR_peek_error(), 0);
}

static void only_the_pinned_key_will_do(void **state)
{
        char pem[RECORD_KEY_PEM_MAX];

        assert_int_equal(verdict(NULL), RECORD_VERIFIED);
        (void)strcpy(pem, verification.key_pem);
        assert_int_equal(verdict(pem), RECORD_VERIFIED);
        quote_make(another, record, &quote);
        assert_int_equal(verdict(pem), RECORD_KEY_DIFFERS);
        assert_string_not_equal(verification.key_pem, pem); /* whose it is, is told all the same */
        memset(&verification, 0xaa, sizeof(verification));
        assert_int_equal(record_verify(&quote, record, "no key", &verification), -EINVAL);
        assert_int_equal((uint8_t)verification.key_pem[0], 0xaa); /* untouched: no verdict either */
        assert_int_equal(ERR_peek_error(), 0);
}

/* -- what is not the signature -- */

static void the_signer_is_the_key_beside_it(void **state)
{
        const struct buffer before = quote_attest(&quote);

        for (size_t i = 8; i < 8 + 34; i++) { /* every byte of the name */
                struct buffer attest = before;
                attest.bytes[i] ^= 1;
                const struct buffer made = quote_signature(device, &attest);
                set_bytes(quote.attest, &quote.attest_size, &attest);
                set_bytes(quote.signature, &quote.signature_size, &made);
                assert_int_equal(verdict(NULL), RECORD_SIGNER_DIFFERS);
        }
}

static void a_name_of_another_length_is_another_signer(void **state)
{
        const struct buffer before = quote_attest(&quote);
        struct buffer attest = { .size = 0 };

        put(&attest, before.bytes, 6);
        put_number(&attest, 35, 2);
        put(&attest, before.bytes + 8, 34);
        put_number(&attest, 0, 1);
        put(&attest, before.bytes + 42, before.size - 42);
        set_bytes(quote.attest, &quote.attest_size, &attest);
        assert_int_equal(verdict(NULL), RECORD_SIGNER_DIFFERS);
}

static void the_listed_pcrs_are_those_of_the_quote(void **state)
{
        quote.values[23][31] ^= 1;
        assert_int_equal(verdict(NULL), RECORD_PCRS_DIFFER);
        quote.values[23][31] ^= 1;
        quote.values[22][0] ^= 1; /* not listed */
        assert_int_equal(verdict(NULL), RECORD_VERIFIED);
        quote.pcrs |= 1u << 22;
        assert_int_equal(verdict(NULL), RECORD_PCRS_DIFFER);
        (void)set_up(state);
        quote.pcrs ^= 1u << 0 | 1u << 1; /* the same values under another number */
        memcpy(quote.values[1], quote.values[0], SHA256_SIZE);
        assert_int_equal(verdict(NULL), RECORD_PCRS_DIFFER);
}

static void another_record_is_told_from_another_quote(void **state)
{
        const struct bytes other = { (const uint8_t *)"[]\n", 3 };

        assert_int_equal(record_verify(&quote, other, NULL, &verification), 0);
        assert_int_equal(verification.verdict, RECORD_ALTERED);
        sha256_chunks(&other, 1, quote.record_digest);
        assert_int_equal(record_verify(&quote, other, NULL, &verification), 0);
        assert_int_equal(verification.verdict, RECORD_OTHER_QUOTE);
        (void)strcpy(quote.unsigned_why, "?");
        assert_int_equal(record_verify(&quote, other, NULL, &verification), 0);
        assert_int_equal(verification.verdict, RECORD_UNSIGNED);
}

static void an_unfit_structure_has_its_verdict(void **state)
{
        quote.attest[0] = 0;
        assert_int_equal(verdict(NULL), RECORD_NO_TPM_QUOTE);
        (void)set_up(state);
        quote.signature_size--;
        assert_int_equal(verdict(NULL), RECORD_SIGNATURE_WRONG);
        (void)set_up(state);
        quote.public_area[1] ^= 1; /* no ECC */
        assert_int_equal(verdict(NULL), RECORD_KEY_UNFIT);
        struct tpm_quote_claim claim; /* which is known without a library */
        struct tpm_attest_key key;
        struct tpm_attest_signature numbers;
        assert_int_equal(record_signature_judge(sha256_chunks, &quote, record, &claim, &key, &numbers), RECORD_KEY_UNFIT);
        (void)set_up(state);
        assert_int_equal(record_signature_judge(sha256_chunks, &quote, record, &claim, &key, &numbers), RECORD_VERIFIED);
        quote.pcrs = UINT32_MAX; /* more than there are */
        assert_int_equal(verdict(NULL), RECORD_PCRS_DIFFER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
        const struct CMUnitTest tests[] = {
                TEST(a_good_quote_is_verified_and_its_key_named),
                TEST(a_point_off_the_curve_is_no_key),
                TEST(a_signature_by_another_key_is_wrong),
                TEST(only_the_pinned_key_will_do),
                TEST(the_signer_is_the_key_beside_it),
                TEST(a_name_of_another_length_is_another_signer),
                TEST(the_listed_pcrs_are_those_of_the_quote),
                TEST(another_record_is_told_from_another_quote),
                TEST(an_unfit_structure_has_its_verdict),
        };

        return cmocka_run_group_tests(tests, set_up_keys, free_keys);
}
