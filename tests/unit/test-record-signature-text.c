/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form of the file beside a record, without a TPM: what is written is read, to the largest of it, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/base64.h"
#include "common/format/record-signature.h"

#define DIGEST   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define VALUE(n) n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n /* thirty-two bytes */
#define TYPE     "\"type\":\"cleanslate-record-signature-1\""
#define HEAD     "{" TYPE ",\"recordDigest\":\"" DIGEST "\""
#define QUOTE    ",\"quote\":\"YWI=\",\"signature\":\"YWJj\",\"publicArea\":\"YQ==\""
#define PCRS     ",\"pcrs\":{\"0\":\"" VALUE("ab") "\",\"11\":\"" VALUE("01") "\",\"23\":\"" VALUE("ff") "\"}"

static struct record_signature signature, back;
static char text[RECORD_SIGNATURE_TEXT_MAX + 2];

static const char *written(void)
{
        struct writer writer = writer_over(text, sizeof(text));

        record_signature_write(&signature, &writer);
        assert_false(writer.overflow);
        return text;
}

static int set_up(void **state)
{
        memset(&signature, 0, sizeof(signature));
        for (size_t i = 0; i < SHA256_SIZE; i++)
                signature.record_digest[i] = (uint8_t)i;
        memcpy(signature.attest, "ab", signature.attest_size = 2);
        memcpy(signature.signature, "abc", signature.signature_size = 3);
        memcpy(signature.public_area, "a", signature.public_size = 1);
        signature.pcrs = 1u << 0 | 1u << 11 | 1u << 23;
        memset(signature.values[0], 0xab, SHA256_SIZE);
        memset(signature.values[11], 0x01, SHA256_SIZE);
        memset(signature.values[23], 0xff, SHA256_SIZE);
        return 0;
}

/* A member a line, and the PCRs on one. */
static void a_signed_record_s_companion_is_this(void **state)
{
        static const char rest[] = "\"signature\":\"YWJj\",\n\"publicArea\":\"YQ==\",\n\"pcrs\":{\"0\":\"" VALUE(
                "ab") "\",\"11\":\"" VALUE("01") "\",\"23\":\"" VALUE("ff") "\"}\n}\n";
        static const char begin[] = "{\n\"type\":\"cleanslate-record-signature-1\",\n\"recordDigest\":\"" DIGEST "\",\n"
                                    "\"quote\":\"YWI=\",\n";

        for (unsigned i = 0; i < 3; i++) {
                size_t size = sizeof(rest) - sizeof("\n}\n");
                if (i == 1) /* a PCR that there is not */
                        signature.pcrs |= 1u << RECORD_SIGNATURE_PCRS;
                signature.ek_certificate_size = i == 2;
                (void)written();
                assert_memory_equal(text, begin, sizeof(begin) - 1);
                assert_memory_equal(text + sizeof(begin) - 1, rest, size);
                assert_string_equal(text + sizeof(begin) - 1 + size, i < 2 ? "\n}\n" : ",\n\"ekCertificate\":\"AA==\"\n}\n");
        }
}

static void an_unsigned_one_says_why_and_no_more(void **state)
{
        (void)strcpy(signature.unsigned_why, "x");
        signature.ek_certificate_size = 5;
        assert_string_equal(written(), "{\n\"type\":\"cleanslate-record-signature-1\",\n\"recordDigest\":\"" DIGEST "\",\n"
                                       "\"unsigned\":\"x\"\n}\n");
        assert_int_equal(record_signature_read(text, strlen(text), &back), ERR_OK);
        assert_string_equal(back.unsigned_why, "x");
        assert_memory_equal(back.record_digest, signature.record_digest, SHA256_SIZE);
        assert_int_equal(back.attest_size + back.pcrs, 0);
}

static void what_is_written_is_read_to_the_largest_of_it(void **state)
{
        static const size_t certificates[] = { 0, 1, RECORD_SIGNATURE_EK_MAX };

        for (size_t i = 0; i < ARRAY_SIZE(certificates); i++) {
                signature.attest_size = signature.signature_size = signature.public_size = TPM_ATTEST_MAX;
                signature.ek_certificate_size = certificates[i];
                for (size_t c = 0; c < certificates[i]; c++)
                        signature.ek_certificate[c] = (uint8_t)(c * 7 + 1);
                (void)written();
                assert_int_equal(strstr(text, "ekCertificate") != NULL, certificates[i] > 0);
                memset(&back, 0xaa, sizeof(back));
                assert_int_equal(record_signature_read(text, strlen(text), &back), ERR_OK);
                assert_memory_equal(&back.attest, &signature.attest, sizeof(signature.attest));
                assert_memory_equal(&back.signature, &signature.signature, sizeof(signature.signature));
                assert_memory_equal(&back.public_area, &signature.public_area, sizeof(signature.public_area));
                assert_int_equal(back.attest_size, TPM_ATTEST_MAX);
                assert_int_equal(back.signature_size, TPM_ATTEST_MAX);
                assert_int_equal(back.public_size, TPM_ATTEST_MAX);
                assert_int_equal(back.pcrs, signature.pcrs);
                assert_memory_equal(back.values, signature.values, sizeof(signature.values));
                assert_int_equal(back.ek_certificate_size, certificates[i]);
                assert_memory_equal(back.ek_certificate, signature.ek_certificate, sizeof(signature.ek_certificate));
                assert_string_equal(back.unsigned_why, "");
        }
}

static void nothing_else_is_read(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                { HEAD QUOTE PCRS "}", ERR_OK },
                { HEAD QUOTE ",\"pcrs\":{}}", ERR_OK },
                { HEAD ",\"unsigned\":\"because\"}", ERR_OK },
                { HEAD ",\"unsigned\":\"\"}", ERR_RANGE },
                { HEAD QUOTE "}", ERR_MISSING },
                { HEAD PCRS "}", ERR_MISSING },
                { HEAD ",\"quote\":\"YWI=\",\"publicArea\":\"YQ==\"" PCRS "}", ERR_MISSING },
                { HEAD ",\"quote\":\"YWI=\",\"signature\":\"YWJj\"" PCRS "}", ERR_MISSING },
                { HEAD QUOTE ",\"pcrs\":\"\"}", ERR_MISSING },
                { HEAD QUOTE ",\"pcrs\":{\"24\":\"" VALUE("ab") "\"}}", ERR_RANGE },
                { HEAD QUOTE ",\"pcrs\":{\"0\":\"" VALUE("ab") "\",\"01\":\"" VALUE("ab") "\"}}", ERR_RANGE },
                { HEAD QUOTE ",\"pcrs\":{\"0\":\"" VALUE("ag") "\",\"1\":\"" VALUE("ab") "\"}}", ERR_RANGE },
                { HEAD QUOTE ",\"pcrs\":{\"0\":\"abcd\"}}", ERR_RANGE },
                { HEAD QUOTE ",\"pcrs\":{\"0\":\"" VALUE("ab") "a\"}}", ERR_TOO_LARGE },
                { HEAD ",\"quote\":\"*\",\"signature\":\"YWJj\",\"publicArea\":\"YQ==\"" PCRS "}", ERR_SYNTAX },
                { HEAD QUOTE PCRS ",\"ekCertificate\":\"*\"}", ERR_SYNTAX },
                { "{" TYPE ",\"unsigned\":\"because\"}", ERR_MISSING },
                { "{\"recordDigest\":\"" DIGEST "\",\"unsigned\":\"because\"}", ERR_UNSUPPORTED },
                { "{\"type\":1,\"recordDigest\":\"" DIGEST "\",\"unsigned\":\"because\"}", ERR_UNSUPPORTED },
                { "{\"type\":\"\",\"recordDigest\":\"" DIGEST "\",\"unsigned\":\"because\"}", ERR_UNSUPPORTED },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                enum err err = record_signature_read(cases[i].text, strlen(cases[i].text), &back);

                if (err != cases[i].err)
                        fail_msg("%s: %d", cases[i].text, (int)err);
        }
}

static void a_certificate_that_is_too_large_is_called_that(void **state)
{
        static char digits[BASE64_LENGTH(RECORD_SIGNATURE_EK_MAX) + 5];

        for (size_t more = 1; more <= 4; more++) {
                memset(digits, 'A', sizeof(digits) - 5 + more);
                (void)snprintf(text, sizeof(text), HEAD QUOTE PCRS ",\"ekCertificate\":\"%s\"}", digits);
                assert_int_equal(record_signature_read(text, strlen(text), &back), ERR_TOO_LARGE);
        }
}

static void the_largest_file_is_read_and_no_larger_one(void **state)
{
        memset(text, ' ', sizeof(text));
        memcpy(text, HEAD QUOTE PCRS "}", sizeof(HEAD QUOTE PCRS "}") - 1);
        assert_int_equal(record_signature_read(text, RECORD_SIGNATURE_TEXT_MAX, &back), ERR_OK);
        assert_int_equal(record_signature_read(text, RECORD_SIGNATURE_TEXT_MAX + 1, &back), ERR_TOO_LARGE);
}

static void a_verdict_that_is_none_is_unknown(void **state)
{
        assert_string_equal(record_verdict_name(RECORD_VERIFIED), "verified");
        assert_string_equal(record_verdict_name(RECORD_KEY_DIFFERS), "key-differs");
        assert_string_equal(record_verdict_name(RECORD_VERDICT_COUNT), "unknown");
        assert_string_equal(record_verdict_text(RECORD_VERDICT_COUNT), "unknown");
        assert_non_null(strstr(record_verdict_text(RECORD_KEY_DIFFERS), "another device"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_signed_record_s_companion_is_this, set_up),
                cmocka_unit_test_setup(an_unsigned_one_says_why_and_no_more, set_up),
                cmocka_unit_test_setup(what_is_written_is_read_to_the_largest_of_it, set_up),
                cmocka_unit_test_setup(nothing_else_is_read, set_up),
                cmocka_unit_test_setup(a_certificate_that_is_too_large_is_called_that, set_up),
                cmocka_unit_test_setup(the_largest_file_is_read_and_no_larger_one, set_up),
                cmocka_unit_test_setup(a_verdict_that_is_none_is_unknown, set_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
