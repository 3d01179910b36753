/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 and HMAC against libcrypto for every size around the block boundaries, and against the published examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "common/base/sha256.h"

#define SIZE_MAX_TRIED 300

static void fill(uint8_t *data, size_t size, uint8_t seed)
{
        for (size_t i = 0; i < size; i++)
                data[i] = (uint8_t)(i * 7 + seed);
}

static void sha256_gives_the_published_digest_of_abc(void **state)
{
        static const uint8_t expected[SHA256_SIZE] = { /* FIPS 180-4, example of NIST's Cryptographic Standards and Guidelines */
                                                       0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                                       0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                                       0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad
        };
        const struct bytes abc = { (const uint8_t *)"abc", 3 };
        uint8_t digest[SHA256_SIZE];

        sha256_of_chunks(&abc, 1, digest);
        assert_memory_equal(digest, expected, sizeof(expected));
}

static void sha256_equals_libcrypto_for_every_size_and_split(void **state)
{
        uint8_t data[SIZE_MAX_TRIED], ours[SHA256_SIZE], theirs[SHA256_SIZE];

        fill(data, sizeof(data), 1);
        for (size_t size = 0; size <= sizeof(data); size++) {
                const size_t split = size / 3;
                const struct bytes chunks[] = { { data, split }, { data + split, size - split } };

                sha256_of_chunks(chunks, ARRAY_SIZE(chunks), ours);
                assert_int_equal(EVP_Digest(data, size, theirs, NULL, EVP_sha256(), NULL), 1);
                assert_memory_equal(ours, theirs, sizeof(theirs));
        }
}

static void hmac_equals_libcrypto_for_every_size_of_key_and_text(void **state)
{
        uint8_t key[200], data[100], ours[SHA256_SIZE], theirs[SHA256_SIZE];

        fill(key, sizeof(key), 3);
        fill(data, sizeof(data), 5);
        for (size_t key_size = 1; key_size <= sizeof(key); key_size++)
                for (size_t size = 0; size <= sizeof(data); size += 9) {
                        const struct bytes chunks[] = { { data, size / 2 }, { data + size / 2, size - size / 2 } };

                        hmac_sha256((struct bytes){ key, key_size }, chunks, ARRAY_SIZE(chunks), ours);
                        assert_non_null(HMAC(EVP_sha256(), key, (int)key_size, data, size, theirs, NULL));
                        assert_memory_equal(ours, theirs, sizeof(theirs));
                }
}

static void a_derived_key_depends_on_key_and_purpose(void **state)
{
        const struct bytes one = { (const uint8_t *)"one", 3 }, two = { (const uint8_t *)"two", 3 };
        uint8_t a[SHA256_SIZE], b[SHA256_SIZE], expected[SHA256_SIZE];

        hmac_sha256_derive(one, "purpose", a);
        assert_non_null(HMAC(EVP_sha256(), "one", 3, (const uint8_t *)"purpose", 7, expected, NULL));
        assert_memory_equal(a, expected, sizeof(expected));
        hmac_sha256_derive(two, "purpose", b);
        assert_memory_not_equal(a, b, sizeof(a));
        hmac_sha256_derive(one, "purposes", b);
        assert_memory_not_equal(a, b, sizeof(a));
}

static void comparing_sees_each_byte(void **state)
{
        uint8_t a[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, b[8];

        memcpy(b, a, sizeof(b));
        assert_true(bytes_equal_in_constant_time(a, b, sizeof(a)));
        for (size_t i = 0; i < sizeof(a); i++) {
                b[i] ^= 0x80;
                assert_false(bytes_equal_in_constant_time(a, b, sizeof(a)));
                b[i] ^= 0x80;
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sha256_gives_the_published_digest_of_abc),
                cmocka_unit_test(sha256_equals_libcrypto_for_every_size_and_split),
                cmocka_unit_test(hmac_equals_libcrypto_for_every_size_of_key_and_text),
                cmocka_unit_test(a_derived_key_depends_on_key_and_purpose),
                cmocka_unit_test(comparing_sees_each_byte),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
