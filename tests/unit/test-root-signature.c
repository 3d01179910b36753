/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The content of a root-verity-sig partition, and the stricter of two policies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/format/root-signature.h"
#include "common/policy/policy.h"

#define HASH_HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define PRINT    "\"certificateFingerprint\":\"ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""
#define WHOLE    "{\"rootHash\":\"" HASH_HEX "\"," PRINT ",\"signature\":\"AQID\"}"

static const uint8_t hash[32] = {
        0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
        0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff
};

static void partition_padded_with_nuls_is_read(void **state)
{
        char text[ROOT_SIGNATURE_TEXT_MAX] = WHOLE;
        struct root_signature signature;

        assert_int_equal(root_signature_parse(text, sizeof(text), &signature), ERR_OK);
        assert_int_equal(signature.root_hash_size, 32);
        assert_memory_equal(signature.root_hash, hash, 32);
        assert_true(signature.has_fingerprint);
        assert_int_equal(signature.fingerprint[0], 0xff);
        assert_int_equal(signature.pkcs7_size, 3);
        assert_memory_equal(signature.pkcs7, "\1\2\3", 3);
}

static void signature_is_for_one_root_hash_alone(void **state)
{
        struct root_signature signature;
        uint8_t other[32];

        assert_int_equal(root_signature_parse(WHOLE, strlen(WHOLE), &signature), ERR_OK);
        assert_true(root_signature_is_for(&signature, hash, 32));
        assert_false(root_signature_is_for(&signature, hash, 31));
        assert_false(root_signature_is_for(&signature, hash, 0));
        for (size_t i = 0; i < sizeof(other); i++) {
                memcpy(other, hash, sizeof(other));
                other[i] ^= 1;
                assert_false(root_signature_is_for(&signature, other, 32));
        }
}

static void parsing_tells_what_is_wrong(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                { WHOLE, ERR_OK },
                { "{\"rootHash\":\"" HASH_HEX "\",\"signature\":\"AQID\",\"more\":[1]}", ERR_OK },
                { "", ERR_SYNTAX },
                { "{}", ERR_MISSING },
                { "{\"rootHash\":\"" HASH_HEX "\"}", ERR_MISSING },
                { "{\"signature\":\"AQID\"}", ERR_MISSING },
                { "{\"rootHash\":\"0011\",\"signature\":\"AQID\"}", ERR_RANGE },
                { "{\"rootHash\":\"" HASH_HEX "00\",\"signature\":\"AQID\"}", ERR_RANGE },
                { "{\"rootHash\":\"" HASH_HEX HASH_HEX HASH_HEX "\",\"signature\":\"AQID\"}", ERR_RANGE },
                { "{\"rootHash\":7,\"signature\":\"AQID\"}", ERR_RANGE },
                { "{\"rootHash\":\"" HASH_HEX "\",\"signature\":\"\"}", ERR_RANGE },
                { "{\"rootHash\":\"" HASH_HEX "\",\"signature\":\"AQI\"}", ERR_RANGE },
                { "{\"rootHash\":\"" HASH_HEX "\",\"signature\":[]}", ERR_RANGE },
                { "{\"rootHash\":\"" HASH_HEX "\",\"signature\":\"AQID\",\"certificateFingerprint\":\"ff\"}", ERR_RANGE },
                { "{\"rootHash\":\"" HASH_HEX "\",\"rootHash\":\"" HASH_HEX "\",\"signature\":\"AQID\"}", ERR_DUPLICATE },
                { WHOLE "x", ERR_SYNTAX },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct root_signature signature;

                assert_int_equal(root_signature_parse(cases[i].text, strlen(cases[i].text), &signature), cases[i].err);
        }
}

static void nothing_may_hide_behind_the_padding(void **state)
{
        char text[1024] = WHOLE;
        struct root_signature signature;

        text[sizeof(text) - 1] = 'x';
        assert_int_equal(root_signature_parse(text, sizeof(text), &signature), ERR_SYNTAX);
}

static void signature_as_large_as_allowed_is_read_and_one_byte_more_is_not(void **state)
{
        static char text[2 * ROOT_SIGNATURE_SIZE_MAX];
        static struct root_signature signature;

        for (size_t beyond = 0; beyond < 2; beyond++) {
                size_t digits = ROOT_SIGNATURE_SIZE_MAX / 3 * 4 + 4; /* 8190 bytes, and two or three more */
                struct writer writer = writer_over(text, sizeof(text));

                writer_text(&writer, "{\"rootHash\":\"" HASH_HEX "\",\"signature\":\"");
                for (size_t i = 0; i < digits - 1; i++)
                        writer_char(&writer, 'A');
                writer_char(&writer, beyond ? 'A' : '=');
                writer_text(&writer, "\"}");
                assert_int_equal(root_signature_parse(text, writer.size, &signature), beyond ? ERR_RANGE : ERR_OK);
        }
        assert_true(ROOT_SIGNATURE_SIZE_MAX % 3 == 2);
}

static void whichever_policy_asks_for_more_counts(void **state)
{
        assert_int_equal(root_policy_stricter(ROOT_VERITY, ROOT_VERITY), ROOT_VERITY);
        assert_int_equal(root_policy_stricter(ROOT_SIGNED, ROOT_VERITY), ROOT_SIGNED);
        assert_int_equal(root_policy_stricter(ROOT_VERITY, ROOT_SIGNED), ROOT_SIGNED);
        assert_int_equal(root_policy_stricter(ROOT_SIGNED, ROOT_SIGNED), ROOT_SIGNED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(partition_padded_with_nuls_is_read),
                cmocka_unit_test(signature_is_for_one_root_hash_alone),
                cmocka_unit_test(parsing_tells_what_is_wrong),
                cmocka_unit_test(nothing_may_hide_behind_the_padding),
                cmocka_unit_test(signature_as_large_as_allowed_is_read_and_one_byte_more_is_not),
                cmocka_unit_test(whichever_policy_asks_for_more_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
