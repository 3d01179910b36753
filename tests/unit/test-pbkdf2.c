/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PBKDF2 against RFC 7914's vectors and libcrypto; the text of a password's hash, which is passlib's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <string.h>

#include "common/base/pbkdf2.h"

#define SALT_TEXT "AAECAwQFBgcICQoLDA0ODw" /* the bytes 0 to 15 */
#define HASH_TEXT "5RUHDgNTp9sBOWGYS4e6u57cz/Sq3/TQgaDP/8MW6L8"
/* hashlib.pbkdf2_hmac("sha256", b"correct horse", bytes(range(16)), 10000) of Python */
#define CORRECT_HORSE "$pbkdf2-sha256$10000$" SALT_TEXT "$" HASH_TEXT

static struct bytes text_bytes(const char *text)
{
        return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

/* The first 32 of the 64 bytes that RFC 7914, section 11, gives. */
static void pbkdf2_gives_the_published_keys(void **state)
{
        static const struct {
                const char *password, *salt;
                uint32_t iterations;
                uint8_t key[SHA256_SIZE];
        } vectors[] = {
                { "passwd", "salt", 1, { 0x55, 0xac, 0x04, 0x6e, 0x56, 0xe3, 0x08, 0x9f, 0xec, 0x16, 0x91,
                                         0xc2, 0x25, 0x44, 0xb6, 0x05, 0xf9, 0x41, 0x85, 0x21, 0x6d, 0xde,
                                         0x04, 0x65, 0xe6, 0x8b, 0x9d, 0x57, 0xc2, 0x0d, 0xac, 0xbc } },
                { "Password", "NaCl", 80000, { 0x4d, 0xdc, 0xd8, 0xf6, 0x0b, 0x98, 0xbe, 0x21, 0x83, 0x0c, 0xee,
                                               0x5e, 0xf2, 0x27, 0x01, 0xf9, 0x64, 0x1a, 0x44, 0x18, 0xd0, 0x4c,
                                               0x04, 0x14, 0xae, 0xff, 0x08, 0x87, 0x6b, 0x34, 0xab, 0x56 } },
        };
        uint8_t key[SHA256_SIZE];

        for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
                pbkdf2_sha256(text_bytes(vectors[i].password), text_bytes(vectors[i].salt), vectors[i].iterations, key);
                assert_memory_equal(key, vectors[i].key, sizeof(key));
        }
}

static void pbkdf2_equals_libcrypto_for_every_size_of_password_and_salt(void **state)
{
        uint8_t password[150], salt[PASSWORD_SALT_MAX], ours[SHA256_SIZE], theirs[SHA256_SIZE];

        for (size_t i = 0; i < sizeof(password); i++)
                password[i] = (uint8_t)(i * 11 + 1);
        for (size_t i = 0; i < sizeof(salt); i++)
                salt[i] = (uint8_t)(i * 5 + 3);
        for (size_t size = 1; size <= sizeof(password); size++) {
                const size_t salt_size = size % sizeof(salt) + 1;
                const uint32_t iterations = (uint32_t)size % 7 + 1;

                pbkdf2_sha256((struct bytes){ password, size }, (struct bytes){ salt, salt_size }, iterations, ours);
                assert_int_equal(PKCS5_PBKDF2_HMAC((const char *)password, (int)size, salt, (int)salt_size, (int)iterations,
                                                   EVP_sha256(), sizeof(theirs), theirs),
                                 1);
                assert_memory_equal(ours, theirs, sizeof(theirs));
        }
}

static void the_right_password_matches_and_no_other(void **state)
{
        static const char *const wrong[] = { "", "correct hors", "correct horse ", "Correct horse", "x" };
        char too_long[PASSWORD_MAX + 2];
        struct password_hash hash;

        assert_int_equal(password_hash_parse(CORRECT_HORSE, strlen(CORRECT_HORSE), &hash), ERR_OK);
        assert_int_equal(hash.iterations, 10000);
        assert_int_equal(hash.salt_size, 16);
        assert_int_equal(hash.salt[15], 15);
        assert_true(password_matches(&hash, "correct horse", strlen("correct horse")));
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                assert_false(password_matches(&hash, wrong[i], strlen(wrong[i])));
        memset(too_long, 'a', sizeof(too_long));
        assert_false(password_matches(&hash, too_long, PASSWORD_MAX + 1));
        hash.hash[31] ^= 1;
        assert_false(password_matches(&hash, "correct horse", strlen("correct horse")));
        assert_false(password_matches(&(struct password_hash){ 0 }, "", 0));
        assert_false(password_matches(&(struct password_hash){ 0 }, "x", 1));
}

static void every_fault_in_the_text_is_an_error(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } faults[] = {
                { "", ERR_SYNTAX },
                { "secret", ERR_SYNTAX },
                { "$6$salt$hash", ERR_SYNTAX },
                { "$pbkdf2-sha512$10000$" SALT_TEXT "$" HASH_TEXT, ERR_SYNTAX },
                { "$pbkdf2-sha256$", ERR_SYNTAX },
                { "$pbkdf2-sha256$10000$" SALT_TEXT, ERR_SYNTAX },
                { "$pbkdf2-sha256$10000$" SALT_TEXT "$" HASH_TEXT "$", ERR_SYNTAX },
                { "$pbkdf2-sha256$$" SALT_TEXT "$" HASH_TEXT, ERR_SYNTAX },
                { "$pbkdf2-sha256$010000$" SALT_TEXT "$" HASH_TEXT, ERR_SYNTAX },
                { "$pbkdf2-sha256$1e6$" SALT_TEXT "$" HASH_TEXT, ERR_SYNTAX },
                { "$pbkdf2-sha256$9999$" SALT_TEXT "$" HASH_TEXT, ERR_RANGE },
                { "$pbkdf2-sha256$1000001$" SALT_TEXT "$" HASH_TEXT, ERR_RANGE },
                { "$pbkdf2-sha256$4294977296$" SALT_TEXT "$" HASH_TEXT, ERR_RANGE },
                { "$pbkdf2-sha256$10000$$" HASH_TEXT, ERR_RANGE },
                { "$pbkdf2-sha256$10000$AAECAwQFBg$" HASH_TEXT, ERR_RANGE }, /* 7 bytes of salt */
                { "$pbkdf2-sha256$10000$" SALT_TEXT "==$" HASH_TEXT, ERR_SYNTAX },
                { "$pbkdf2-sha256$10000$AAECAwQFBgcICQoLDA0OD+$" HASH_TEXT, ERR_SYNTAX },
                { "$pbkdf2-sha256$10000$AAECAwQFBgcICQoLDA0ODx$" HASH_TEXT, ERR_SYNTAX }, /* stray bits */
                { "$pbkdf2-sha256$10000$" SALT_TEXT "$" HASH_TEXT "A", ERR_RANGE },
                { "$pbkdf2-sha256$10000$" SALT_TEXT "$ZjMU", ERR_RANGE },
                { "$pbkdf2-sha256$10000$" SALT_TEXT " $" HASH_TEXT, ERR_SYNTAX },
        };
        char long_salt[200] = "$pbkdf2-sha256$10000$";

        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                struct password_hash hash = { .iterations = 77 };
                enum err err = password_hash_parse(faults[i].text, strlen(faults[i].text), &hash);

                if (err != faults[i].err)
                        fail_msg("%s: %s", faults[i].text, err_text(err));
                assert_int_equal(hash.iterations, 77);
        }
        memset(long_salt + strlen(long_salt), 'A', 87); /* 65 bytes */
        (void)strcat(long_salt, "$" HASH_TEXT);
        assert_int_equal(password_hash_parse(long_salt, strlen(long_salt), &(struct password_hash){ 0 }), ERR_RANGE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pbkdf2_gives_the_published_keys),
                cmocka_unit_test(pbkdf2_equals_libcrypto_for_every_size_of_password_and_salt),
                cmocka_unit_test(the_right_password_matches_and_no_other),
                cmocka_unit_test(every_fault_in_the_text_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
