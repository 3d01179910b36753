/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Promise: one secret gives each volume a key of its own, and a mark counts on the volume alone that it was made for. */
#include "common/state/volume-key.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t secret[VOLUME_SECRET_SIZE] = { 9, 8, 7, 6, 5 };
static const struct volume_vouchers sealed = { .secret = secret }, nobody = { NULL, NULL };
static const char digest[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const struct id128 reset_id = { { 0xfe, 0xdc, 3 } };

static struct partition_definition role(uint8_t type, const char *label, const char *mount_point)
{
        struct partition_definition definition = { .type = { { type } }, .factory_reset = true };
        assert_true(text_copy(definition.label, sizeof(definition.label), label, strlen(label)));
        assert_true(text_copy(definition.mount_point, sizeof(definition.mount_point), mount_point, strlen(mount_point)));
        return definition;
}

static void assert_hkdf(const struct partition_definition *volume, const uint8_t *info, int info_size, size_t key_size)
{
        uint8_t ours[VOLUME_KEY_MAX + 1], theirs[VOLUME_KEY_MAX];
        size_t size = key_size;
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);

        assert_int_equal(EVP_PKEY_derive_init(context), 1);
        assert_int_equal(EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()), 1);
        assert_int_equal(EVP_PKEY_CTX_set1_hkdf_key(context, secret, sizeof(secret)), 1);
        assert_int_equal(EVP_PKEY_CTX_add1_hkdf_info(context, info, info_size), 1);
        assert_int_equal(EVP_PKEY_derive(context, theirs, &size), 1);
        EVP_PKEY_CTX_free(context);
        memset(ours, 0xa5, sizeof(ours));
        volume_key_derive(secret, volume, ours);
        assert_memory_equal(ours, theirs, key_size);
        assert_int_equal(volume_key_size(volume->integrity), key_size);
        assert_int_equal(ours[key_size], 0xa5);
}

/* The construction is RFC 5869's, so whoever has the secret can compute it with any library. */
static void key_is_hkdf_of_secret_and_role(void **state)
{
        struct partition_definition volume = role(0x4d, "state", "/var");
        static const uint8_t plain[] = "cleanslate volume key 1\0"
                                       "\x4d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                       "state\0/var",
                             authenticated[] = "cleanslate volume key with integrity 1\0"
                                               "\x4d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                               "state\0/var";

        assert_hkdf(&volume, plain, sizeof(plain), 64);
        volume.integrity = INTEGRITY_INLINE;
        assert_hkdf(&volume, authenticated, sizeof(authenticated), 96);
}

/* Otherwise whoever has the disk could take the tags off a volume, or have one part of its key stand for another. */
static void keys_with_and_without_integrity_have_nothing_in_common(void **state)
{
        struct partition_definition volume = role(1, "state", "/var");
        uint8_t plain[VOLUME_KEY_MAX] = { 0 }, authenticated[VOLUME_KEY_MAX];

        volume_key_derive(secret, &volume, plain);
        volume.integrity = INTEGRITY_INLINE;
        volume_key_derive(secret, &volume, authenticated);
        for (size_t i = 0; i < 3; i++) {
                for (size_t k = 0; k < 3; k++) {
                        assert_memory_not_equal(plain + 32 * k, authenticated + 32 * i, 32);
                        if (i != k)
                                assert_memory_not_equal(authenticated + 32 * k, authenticated + 32 * i, 32);
                }
        }
}

/* The second and third move a letter over a border: an encoding without borders would give them the same key. */
static const struct {
        uint8_t type;
        const char *label, *mount_point;
} others[] = { { 2, "state", "/var" },   { 1, "stat", "e/var" },   { 1, "state/", "var" }, { 1, "config", "/var" },
               { 1, "state", "/state" }, { 1, "state", "/var/x" }, { 1, "", "state/var" }, { 1, "state", "" } };

static void no_other_role_has_the_same_key_or_mark(void **state)
{
        const struct partition_definition right = role(1, "state", "/var");
        uint8_t keys[ARRAY_SIZE(others) + 1][VOLUME_KEY_MAX];
        char mark[VOLUME_MARK_MAX];
        size_t size = volume_mark_format(&sealed, &right, digest, &reset_id, mark);

        volume_key_derive(secret, &right, keys[0]);
        assert_true(volume_mark_verify(&sealed, &right, mark, size, NULL));
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                const struct partition_definition other = role(others[i].type, others[i].label, others[i].mount_point);
                volume_key_derive(secret, &other, keys[i + 1]);
                for (size_t k = 0; k <= i; k++) {
                        assert_memory_not_equal(keys[k], keys[i + 1], 32);
                        assert_memory_not_equal(keys[k] + 32, keys[i + 1] + 32, 32);
                }
                assert_false(volume_mark_verify(&sealed, &other, mark, size, NULL));
        }
        struct partition_definition namesake = right;
        namesake.namesakes = 1;
        volume_key_derive(secret, &namesake, keys[1]);
        assert_memory_not_equal(keys[0], keys[1], 32);
        assert_false(volume_mark_verify(&sealed, &namesake, mark, size, NULL));
        assert_memory_not_equal(keys[0], keys[0] + 32, 32); /* XTS with two equal keys is no XTS */
}

static void another_secret_gives_other_keys(void **state)
{
        const struct partition_definition volume = role(1, "state", "/var");
        uint8_t first[VOLUME_KEY_MAX], second[VOLUME_KEY_MAX], other[VOLUME_SECRET_SIZE];

        memcpy(other, secret, sizeof(other));
        other[sizeof(other) - 1] ^= 1;
        volume_key_derive(secret, &volume, first);
        volume_key_derive(other, &volume, second);
        assert_memory_not_equal(first, second, 32);
        assert_memory_not_equal(first + 32, second + 32, 32);
}

static void mark_says_which_reset_and_every_digit_counts(void **state)
{
        const struct partition_definition volume = role(1, "state", "/var");
        const uint8_t other[VOLUME_SECRET_SIZE] = { 0 };
        const struct volume_vouchers strange = { .secret = other };
        struct id128 id = { { 0 } };
        char mark[VOLUME_MARK_MAX];
        size_t size = volume_mark_format(&sealed, &volume, digest, &reset_id, mark);

        assert_int_equal(size, 64 + 1 + 32 + 1 + 64);
        assert_memory_equal(mark,
                            "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff fedc03000000000000000000000000"
                            "00 ",
                            98);
        assert_true(volume_mark_verify(&sealed, &volume, mark, size, &id));
        assert_true(id128_equal(&id, &reset_id));
        assert_false(volume_mark_verify(&strange, &volume, mark, size, &id));
        for (size_t i = 0; i < size; i++) {
                char was = mark[i];
                mark[i] = was == '0' ? '1' : '0';
                assert_false(volume_mark_verify(&sealed, &volume, mark, size, &id));
                mark[i] = was;
                assert_false(volume_mark_verify(&sealed, &volume, mark, i, &id)); /* and nothing shorter is one */
        }
        mark[size] = '0';
        assert_false(volume_mark_verify(&sealed, &volume, mark, size + 1, &id));
}

/* What was "complete" to code that looked at the length alone: any 64 bytes. */
static void digits_that_anybody_can_write_are_no_mark(void **state)
{
        const struct partition_definition volume = role(1, "state", "/var");
        char mark[VOLUME_MARK_MAX];
        size_t size = volume_mark_format(&nobody, &volume, digest, &reset_id, mark);

        assert_false(volume_mark_verify(&sealed, &volume, digest, 64, NULL));
        assert_false(volume_mark_verify(&nobody, &volume, digest, 64, NULL));
        assert_false(
                volume_mark_verify(&sealed, &volume, mark, size, NULL)); /* that of an unencrypted volume on an encrypted one */
        assert_true(volume_mark_verify(&nobody, &volume, mark, size, NULL));
        size = volume_mark_format(&sealed, &volume, digest, &reset_id, mark);
        assert_false(volume_mark_verify(&nobody, &volume, mark, size, NULL));
}

/* Another system on this machine has the TPM seal a secret of its own, and builds volumes with it that open as genuine ones do.
 */
static void the_device_vouches_for_what_its_last_reset_built(void **state)
{
        static const uint8_t device_key[SHA256_SIZE] = "of the reset that was the last",
                             older_key[SHA256_SIZE] = "of an older one";
        const struct volume_vouchers both = { secret, device_key }, older = { secret, older_key },
                                     device_alone = { NULL, device_key };
        const struct partition_definition volume = role(1, "state", "/var");
        char mark[VOLUME_MARK_MAX];
        size_t size = volume_mark_format(&both, &volume, digest, &reset_id, mark);

        assert_true(volume_mark_verify(&both, &volume, mark, size, NULL));
        assert_true(
                volume_mark_verify(&sealed, &volume, mark, size, NULL)); /* a firmware that has lost its key locks nobody out */
        assert_false(volume_mark_verify(&older, &volume, mark, size, NULL));
        assert_false(volume_mark_verify(&device_alone, &volume, mark, size, NULL));
        mark[size - 1] = mark[size - 1] == '0' ? '1' : '0';
        assert_false(volume_mark_verify(&both, &volume, mark, size, NULL));

        size = volume_mark_format(&sealed, &volume, digest, &reset_id, mark);
        assert_false(volume_mark_verify(&both, &volume, mark, size,
                                        NULL)); /* the secret is genuine to the TPM, the device knows better */
        size = volume_mark_format(&device_alone, &volume, digest, &reset_id, mark);
        assert_true(volume_mark_verify(&device_alone, &volume, mark, size, NULL)); /* of an unencrypted volume */
        assert_false(volume_mark_verify(&both, &volume, mark, size, NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(key_is_hkdf_of_secret_and_role),
                cmocka_unit_test(keys_with_and_without_integrity_have_nothing_in_common),
                cmocka_unit_test(no_other_role_has_the_same_key_or_mark),
                cmocka_unit_test(another_secret_gives_other_keys),
                cmocka_unit_test(mark_says_which_reset_and_every_digit_counts),
                cmocka_unit_test(digits_that_anybody_can_write_are_no_mark),
                cmocka_unit_test(the_device_vouches_for_what_its_last_reset_built),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
