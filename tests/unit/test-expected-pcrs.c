/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expected PCRs: what the builder's file may say, and what a quote shows beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/boot/expected-pcrs.h"

#define ONES             "1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS             "2222222222222222222222222222222222222222222222222222222222222222"
#define THREES           "3333333333333333333333333333333333333333333333333333333333333333"
#define FOURS            "4444444444444444444444444444444444444444444444444444444444444444"
#define FILE_OF(pcrs)    "{\"type\":\"cleanslate-expected-pcrs-1\",\"imageId\":\"slate\",\"pcrs\":{" pcrs "}}"
#define VALUE(hex, boot) "{\"value\":\"" hex "\",\"boot\":\"" boot "\",\"when\":\"always\"}"

/* 4 is 11..., 7 is 22..., 11 is 33... in a reset boot, 44... in an ordinary one */
static const char whole[] = FILE_OF("\"4\":[" VALUE(ONES, "any") "],\"7\":[" VALUE(TWOS, "any") "],\"11\":[" VALUE(
        ONES, "recovery") "," VALUE(FOURS, "ordinary") "," VALUE(THREES, "reset") "]");

static enum err read_text(const char *text, struct expected_pcrs *ret)
{
        *ret = (struct expected_pcrs){ 0 };
        return expected_pcrs_read(text, strlen(text), ret);
}

static void the_builders_file_is_read(void **state)
{
        struct expected_pcrs expected;
        assert_int_equal(read_text(whole, &expected), ERR_OK);
        assert_int_equal(expected.count, 5);
        assert_int_equal(expected.values[0].pcr, 4);
        assert_int_equal(expected.values[3].boot, EXPECTED_IN_ORDINARY);
        assert_int_equal(expected.values[4].pcr, 11);
        assert_int_equal(expected.values[4].value[31], 0x33);
}

static void nothing_else_is_read(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                { "", ERR_SYNTAX },
                { "{}", ERR_UNSUPPORTED },
                { "{\"type\":\"cleanslate-expected-pcrs-2\",\"pcrs\":{}}", ERR_UNSUPPORTED },
                { "{\"type\":\"cleanslate-record-1\"}", ERR_UNSUPPORTED },
                { "{\"type\":\"cleanslate-expected-pcrs-1\"}", ERR_MISSING },
                { "{\"type\":\"cleanslate-expected-pcrs-1\",\"pcrs\":[]}", ERR_RANGE },
                { FILE_OF(""), ERR_RANGE },
                { FILE_OF("\"4\":[]"), ERR_RANGE },
                { FILE_OF("\"4\":\"" ONES "\""), ERR_RANGE },
                { FILE_OF("\"4\":[\"" ONES "\"]"), ERR_RANGE },
                { FILE_OF("\"4\":[{\"value\":\"" ONES "\"}]"), ERR_MISSING },
                { FILE_OF("\"4\":[{\"boot\":\"any\"}]"), ERR_MISSING },
                { FILE_OF("\"4\":[" VALUE("11", "any") "]"), ERR_RANGE },
                { FILE_OF("\"4\":[" VALUE(ONES "1", "any") "]"), ERR_RANGE },
                { FILE_OF("\"4\":[" VALUE(ONES, "some") "]"), ERR_RANGE },
                { FILE_OF("\"24\":[" VALUE(ONES, "any") "]"), ERR_RANGE },
                { FILE_OF("\"04\":[" VALUE(ONES, "any") "]"), ERR_RANGE },
                { FILE_OF("\"4\":[" VALUE(ONES, "any") "],\"4\":[" VALUE(TWOS, "any") "]"), ERR_DUPLICATE },
        };
        struct expected_pcrs expected;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_int_equal(read_text(cases[i].text, &expected), cases[i].err);
                assert_int_equal(expected.count, 0);
        }
}

static void no_more_are_taken_than_there_is_room_for(void **state)
{
        char text[EXPECTED_PCRS_TEXT_MAX], option[80] = "23=" ONES;
        struct expected_pcrs expected = { 0 };
        for (size_t count = EXPECTED_PCRS_VALUES_MAX; count <= EXPECTED_PCRS_VALUES_MAX + 1; count++) {
                struct writer writer = writer_over(text, sizeof(text));
                writer_text(&writer, "{\"type\":\"cleanslate-expected-pcrs-1\",\"pcrs\":{\"11\":[");
                for (size_t i = 0; i < count; i++)
                        writer_text(&writer, i > 0 ? "," VALUE(ONES, "reset") : VALUE(ONES, "reset"));
                writer_text(&writer, "]}}");
                assert_false(writer.overflow);
                assert_int_equal(read_text(text, &expected), count > EXPECTED_PCRS_VALUES_MAX ? ERR_TOO_LARGE : ERR_OK);
        }
        for (size_t i = 0; i < EXPECTED_PCRS_VALUES_MAX; i++)
                assert_int_equal(expected_pcrs_add(option, &expected), ERR_OK);
        assert_int_equal(expected_pcrs_add(option, &expected), ERR_TOO_LARGE);
        memset(text, ' ', sizeof(text));
        assert_int_equal(expected_pcrs_read(text, sizeof(text) + 1, &expected), ERR_TOO_LARGE);
}

static void options_are_numbers_and_digests(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                { "7=" TWOS, ERR_OK },         { "0=" TWOS, ERR_OK },      { "24=" TWOS, ERR_RANGE }, { "7", ERR_SYNTAX },
                { "=" TWOS, ERR_SYNTAX },      { "7=", ERR_SYNTAX },       { "7=22", ERR_SYNTAX },    { "x=" TWOS, ERR_SYNTAX },
                { "7=" TWOS "2", ERR_SYNTAX }, { "7 =" TWOS, ERR_SYNTAX }, { "", ERR_SYNTAX },        { "-1=" TWOS, ERR_SYNTAX },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct expected_pcrs expected = { 0 };
                assert_int_equal(expected_pcrs_add(cases[i].text, &expected), cases[i].err);
                assert_int_equal(expected.count, cases[i].err == ERR_OK);
        }
}

static void an_option_counts_instead_of_the_file(void **state)
{
        struct expected_pcrs expected = { 0 };
        assert_int_equal(expected_pcrs_add("4=" FOURS, &expected), ERR_OK);
        assert_int_equal(expected_pcrs_read(whole, strlen(whole), &expected), ERR_OK);
        assert_int_equal(expected.count, 5); /* one of 4, one of 7, three of 11 */
        assert_int_equal(expected.values[0].value[0], 0x44);
        assert_int_equal(expected.values[1].pcr, 7);
}

static struct record_signature quote_of(uint8_t pcr_4, uint8_t pcr_7, uint8_t pcr_11)
{
        struct record_signature signature = { .pcrs = RECORD_SIGNATURE_PCR_MASK };
        memset(signature.values[4], pcr_4, SHA256_SIZE);
        memset(signature.values[7], pcr_7, SHA256_SIZE);
        memset(signature.values[11], pcr_11, SHA256_SIZE);
        return signature;
}

#define ONLY_4    FILE_OF("\"4\":[" VALUE(ONES, "any") "]")
#define ONLY_11   FILE_OF("\"11\":[" VALUE(THREES, "reset") "]")
#define WITH_7    FILE_OF("\"7\":[" VALUE(TWOS, "any") "],\"11\":[" VALUE(THREES, "reset") "]")
#define ANY_11    FILE_OF("\"4\":[" VALUE(ONES, "any") "],\"11\":[" VALUE(THREES, "any") "]")
#define UNCOVERED FILE_OF("\"1\":[" VALUE(ONES, "any") "],\"4\":[" VALUE(ONES, "any") "],\"11\":[" VALUE(THREES, "reset") "]")

/* What a quote has to have to be called one of a reset boot, and everything that falls short of it. */
static void only_a_reset_boot_of_this_image_is_called_one(void **state)
{
        static const struct {
                const char *file, *options[3];
                uint8_t pcr_4, pcr_7, pcr_11;
                enum boot_verdict verdict;
                uint32_t differing;
        } cases[] = {
                { NULL, { NULL }, 0x11, 0x22, 0x33, BOOT_NOT_COMPARED, 0 },
                { whole, { NULL }, 0x11, 0x22, 0x33, BOOT_RESET, 0 },
                { whole, { NULL }, 0x11, 0x22, 0x11, BOOT_RECOVERY, 0 },
                { whole, { NULL }, 0x11, 0x22, 0x44, BOOT_ORDINARY, 0 },
                { whole, { NULL }, 0x11, 0x22, 0x22, BOOT_DIFFERS, 1u << 11 },
                /* another system that repeats PCR 11: the firmware has started something else, or under another key */
                { whole, { NULL }, 0x99, 0x22, 0x33, BOOT_DIFFERS, 1u << 4 },
                { whole, { NULL }, 0x11, 0x99, 0x33, BOOT_DIFFERS, 1u << 7 },
                { whole, { NULL }, 0x99, 0x99, 0x33, BOOT_DIFFERS, 1u << 4 | 1u << 7 },
                { ONLY_11, { NULL }, 0x99, 0x99, 0x33, BOOT_NOT_SHOWN, 0 },
                { NULL, { "11=" THREES }, 0x99, 0x99, 0x33, BOOT_NOT_SHOWN, 0 },
                { ONLY_4, { NULL }, 0x11, 0x22, 0x33, BOOT_NOT_SHOWN, 0 },
                { ANY_11, { NULL }, 0x11, 0x22, 0x33, BOOT_NOT_SHOWN, 0 },
                /* PCR 7 as it was read somewhere may be that of Secure Boot turned off */
                { ONLY_11, { "7=" TWOS }, 0x99, 0x22, 0x33, BOOT_NOT_SHOWN, 0 },
                { WITH_7, { NULL }, 0x99, 0x22, 0x33, BOOT_RESET, 0 },
                { ONLY_11, { "4=" ONES }, 0x11, 0x99, 0x33, BOOT_RESET, 0 },
                { NULL, { "4=" ONES, "11=" THREES }, 0x11, 0x99, 0x33, BOOT_RESET, 0 },
                { NULL, { "4=" ONES, "4=" FOURS, "11=" THREES }, 0x44, 0x99, 0x33, BOOT_RESET, 0 },
                { UNCOVERED, { NULL }, 0x11, 0x22, 0x33, BOOT_DIFFERS, 1u << 1 },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct expected_pcrs expected = { 0 };
                struct record_signature signature = quote_of(cases[i].pcr_4, cases[i].pcr_7, cases[i].pcr_11);
                for (size_t o = 0; o < 3 && cases[i].options[o]; o++)
                        assert_int_equal(expected_pcrs_add(cases[i].options[o], &expected), ERR_OK);
                if (cases[i].file)
                        assert_int_equal(expected_pcrs_read(cases[i].file, strlen(cases[i].file), &expected), ERR_OK);
                struct boot_comparison comparison = expected_pcrs_judge(&expected, &signature);
                assert_string_equal(boot_verdict_name(comparison.verdict), boot_verdict_name(cases[i].verdict));
                assert_int_equal(comparison.differing, cases[i].differing);
        }
}

/* Zeros are no value to be proud of: a bank that the firmware does not extend. */
static void a_pcr_that_the_quote_does_not_cover_is_none_that_agrees(void **state)
{
        struct expected_pcrs expected = { 0 };
        struct record_signature signature = quote_of(0x11, 0x22, 0x33);
        assert_int_equal(read_text(whole, &expected), ERR_OK);
        signature.pcrs &= ~(1u << 4);
        struct boot_comparison comparison = expected_pcrs_judge(&expected, &signature);
        assert_int_equal(comparison.verdict, BOOT_DIFFERS);
        assert_int_equal(comparison.differing, 1u << 4);
        assert_int_equal(comparison.compared, 1u << 4 | 1u << 7 | 1u << 11);
}

static void every_verdict_has_words_of_its_own(void **state)
{
        for (unsigned i = 0; i < BOOT_VERDICT_COUNT; i++)
                for (unsigned k = 0; k < i; k++) {
                        assert_string_not_equal(boot_verdict_name(i), boot_verdict_name(k));
                        assert_string_not_equal(boot_verdict_text(i), boot_verdict_text(k));
                }
        assert_string_equal(boot_verdict_name(BOOT_VERDICT_COUNT), "unknown");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_builders_file_is_read),
                cmocka_unit_test(nothing_else_is_read),
                cmocka_unit_test(no_more_are_taken_than_there_is_room_for),
                cmocka_unit_test(options_are_numbers_and_digests),
                cmocka_unit_test(an_option_counts_instead_of_the_file),
                cmocka_unit_test(only_a_reset_boot_of_this_image_is_called_one),
                cmocka_unit_test(a_pcr_that_the_quote_does_not_cover_is_none_that_agrees),
                cmocka_unit_test(every_verdict_has_words_of_its_own),
        };
        return cmocka_run_group_tests_name("expected-pcrs", tests, NULL, NULL);
}
