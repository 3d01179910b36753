/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Promise: the recovery key is in systemd's form, however it is typed, and opens the secret and the keyslot that it was made for
 * and nothing else. */
#include "linux/image/luks.h"
#include "linux/tpm/recovery-wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>

static const uint8_t key[RECOVERY_KEY_SIZE] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
static const char written[] = "cbdefghi-jklnrtuv-cccccccc-cccccccc-cccccccc-cccccccc-cccccccc-cccccccc";

static void it_is_written_as_systemd_writes_it_and_read_however_it_is_typed(void **state)
{
        static const char *const good[] = {
                written,
                "CBDEFGHI JKLNRTUV CCCCCCCC CCCCCCCC CCCCCCCC CCCCCCCC CCCCCCCC CCCCCCCC",
                "cbdefghijklnrtuvcccccccccccccccccccccccccccccccccccccccccccccccc",
        };
        static const char *const bad[] = {
                "",
                "cbdefghi",
                "cbdefghi-jklnrtuv-cccccccc-cccccccc-cccccccc-cccccccc-cccccccc-ccccccc",
                "cbdefghi-jklnrtuv-cccccccc-cccccccc-cccccccc-cccccccc-cccccccc-ccccccccc",
                "abdefghi-jklnrtuv-cccccccc-cccccccc-cccccccc-cccccccc-cccccccc-cccccccc",
        };
        char text[RECOVERY_KEY_TEXT_MAX];
        uint8_t read[RECOVERY_KEY_SIZE];

        recovery_key_format(key, text);
        assert_string_equal(text, written);
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                memset(read, 0xff, sizeof(read));
                assert_true(recovery_key_parse(good[i], read));
                assert_memory_equal(read, key, sizeof(key));
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_false(recovery_key_parse(bad[i], read));
}

static void it_opens_what_it_has_wrapped_and_every_byte_counts(void **state)
{
        const uint8_t secret[VOLUME_SECRET_SIZE] = { 5, 6, 7 };
        uint8_t wrapped[LUKS_TOKEN_WRAPPED_SIZE], other[RECOVERY_KEY_SIZE], opened[VOLUME_SECRET_SIZE],
                untouched[VOLUME_SECRET_SIZE];

        assert_int_equal(recovery_wrap(key, secret, wrapped), 0);
        assert_int_equal(recovery_unwrap(key, wrapped, opened), 0);
        assert_memory_equal(opened, secret, sizeof(secret));
        memset(opened, 0x11, sizeof(opened));
        memset(untouched, 0x11, sizeof(untouched));
        for (size_t i = 0; i < sizeof(wrapped); i++) {
                wrapped[i] ^= 1;
                assert_int_equal(recovery_unwrap(key, wrapped, opened), -EACCES);
                wrapped[i] ^= 1;
        }
        memcpy(other, key, sizeof(other));
        other[31] ^= 1;
        assert_int_equal(recovery_unwrap(other, wrapped, opened), -EACCES);
        assert_memory_equal(opened, untouched, sizeof(opened));
}

static int shell(const char *directory, const char *command)
{
        char script[512];
        (void)snprintf(script, sizeof(script), "cd %s && { %s ; } >log 2>&1", directory, command);
        return system(script);
}

/* In a plain file: nothing is mapped, but cryptsetup tries the keyslots. */
static void systemds_tools_know_it_and_the_token_can_be_replaced(void **state)
{
        const struct luks_key volume_key = { .bytes = { 1, 2, 3 } };
        const uint8_t secret[VOLUME_SECRET_SIZE] = { 9 };
        struct luks_token token = { .blob = { 1 }, .blob_size = 1, .public_key_pem = "-----BEGIN PUBLIC KEY-----\n" }, read;
        struct luks_passphrase passphrase;
        struct luks_recovery recovery = { 0 };
        uint8_t wrapped[LUKS_TOKEN_WRAPPED_SIZE], opened[VOLUME_SECRET_SIZE];
        char directory[] = "/tmp/cleanslate-test-recovery-XXXXXX", volume[64];

        assert_non_null(mkdtemp(directory));
        (void)snprintf(volume, sizeof(volume), "%s/volume", directory);
        assert_int_equal(shell(directory, "truncate -s 32M volume"), 0);
        recovery_key_format(key, recovery.passphrase);
        assert_int_equal(recovery_wrap(key, secret, recovery.wrapped), 0);
        luks_passphrase_from_secret(secret, &passphrase);
        assert_int_equal(luks_format(volume, "state", &volume_key, &passphrase, &token, NULL), 0);
        assert_int_equal(luks_read_recovery(volume, wrapped), -ENOENT);
        assert_int_equal(luks_format(volume, "state", &volume_key, &passphrase, &token, &recovery), 0);
        assert_int_equal(luks_read_recovery(volume, wrapped), 0);
        assert_int_equal(recovery_unwrap(key, wrapped, opened), 0);
        assert_memory_equal(opened, secret, sizeof(secret));

        assert_int_equal(shell(directory, "systemd-cryptenroll $PWD/volume | grep -q '1 recovery'"), 0);
        assert_int_equal(shell(directory, "cryptsetup luksDump volume | grep -q systemd-recovery"), 0);
        char command[256];
        (void)snprintf(command, sizeof(command),
                       "printf %%s '%s' | cryptsetup open --test-passphrase --key-slot 1 --key-file - volume", written);
        assert_int_equal(shell(directory, command), 0);
        command[strlen("printf %s '")] = 'd';
        assert_int_not_equal(shell(directory, command), 0);

        token.blob[0] = 2;
        token.pcrs = 1 << 7;
        assert_int_equal(luks_replace_token(volume, &token), 0);
        memset(&read, 0, sizeof(read));
        assert_int_equal(luks_read_token(volume, &read), 0);
        assert_int_equal(read.blob[0], 2);
        assert_int_equal(read.pcrs, 1 << 7);
        assert_int_equal(luks_read_recovery(volume, wrapped), 0);
        assert_int_equal(shell(directory, "test \"$(cryptsetup luksDump volume | grep -c 'systemd-tpm2')\" = 1"), 0);
        (void)snprintf(command, sizeof(command), "rm -r %s", directory);
        assert_int_equal(system(command), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_is_written_as_systemd_writes_it_and_read_however_it_is_typed),
                cmocka_unit_test(it_opens_what_it_has_wrapped_and_every_byte_counts),
                cmocka_unit_test(systemds_tools_know_it_and_the_token_can_be_replaced),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
