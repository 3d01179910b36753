/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounds, byte order, writers and text helpers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"

static void range_fits_never_overflows(void **state)
{
        static const struct {
                size_t size, offset, length;
                bool fits;
        } cases[] = {
                { 0, 0, 0, true },          { 10, 0, 10, true },        { 10, 10, 0, true },
                { 10, 3, 7, true },         { 10, 3, 8, false },        { 10, 11, 0, false },
                { 10, SIZE_MAX, 1, false }, { 10, 1, SIZE_MAX, false }, { 10, SIZE_MAX, SIZE_MAX, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(range_fits(cases[i].size, cases[i].offset, cases[i].length), cases[i].fits);
}

static void numbers_are_little_endian_and_need_no_alignment(void **state)
{
        uint8_t buffer[9] = { 0xff, 1, 2, 3, 4, 5, 6, 7, 0x88 };
        uint8_t stored[9] = { 0 };

        assert_int_equal(load_le16(buffer + 1), 0x0201);
        assert_int_equal(load_le32(buffer + 1), 0x04030201);
        assert_true(load_le64(buffer + 1) == UINT64_C(0x8807060504030201));
        store_le64(stored + 1, UINT64_C(0x8807060504030201));
        assert_memory_equal(stored + 1, buffer + 1, 8);
        store_le16(stored + 1, 0xbbaa);
        store_le32(stored + 3, 0xffeeddcc);
        assert_memory_equal(stored, ((uint8_t[]){ 0, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 7, 0x88 }), 9);
}

static void text_writer_leaves_room_for_the_nul(void **state)
{
        char buffer[6] = "xxxxx";
        struct writer writer = writer_over(buffer, 5);

        assert_string_equal(buffer, "");
        writer_text(&writer, "abcd");
        assert_false(writer.overflow);
        assert_int_equal(writer.size, 4);
        assert_string_equal(buffer, "abcd");
        writer_char(&writer, 'e');
        assert_true(writer.overflow);
        assert_string_equal(buffer, "abcd");
        assert_int_equal(buffer[5], 0);
}

static void writer_writes_nothing_more_after_an_overflow(void **state)
{
        char buffer[8];
        struct writer writer = writer_over(buffer, sizeof(buffer));

        writer_text(&writer, "ab");
        writer_text(&writer, "far too long");
        writer_text(&writer, "c");
        assert_true(writer.overflow);
        assert_int_equal(writer.size, 2);
        assert_string_equal(buffer, "ab");
}

static void byte_writer_fills_the_buffer_to_the_last_byte(void **state)
{
        uint8_t buffer[4] = { 0, 0, 0, 0x55 };
        struct writer writer = writer_over(buffer, 3);

        writer_bytes(&writer, "\1\2\3", 3);
        assert_false(writer.overflow);
        writer_bytes(&writer, NULL, 0);
        assert_false(writer.overflow);
        writer_bytes(&writer, "\4", 1);
        assert_true(writer.overflow);
        assert_memory_equal(buffer, ((uint8_t[]){ 1, 2, 3, 0x55 }), 4);
}

static void writer_over_nothing_only_overflows(void **state)
{
        struct writer writer = writer_over(NULL, 0);

        writer_text(&writer, "");
        assert_true(writer.overflow);
        assert_int_equal(writer.size, 0);
}

static void numbers_and_hex_are_written_plainly(void **state)
{
        char buffer[64];
        struct writer writer = writer_over(buffer, sizeof(buffer));

        writer_decimal(&writer, 0);
        writer_char(&writer, ' ');
        writer_decimal(&writer, UINT64_MAX);
        writer_char(&writer, ' ');
        writer_hex(&writer, "\x00\xaf\xFF", 3);
        assert_string_equal(buffer, "0 18446744073709551615 00afff");
}

static void json_strings_are_escaped_and_always_valid(void **state)
{
        static const struct {
                const char *text, *written;
        } cases[] = {
                { "", "\"\"" },
                { "plain", "\"plain\"" },
                { "a\"b\\c", "\"a\\\"b\\\\c\"" },
                { "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
                { "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
                { "g\xc3\xbcltig \xf0\x9f\x92\xbe", "\"g\xc3\xbcltig \xf0\x9f\x92\xbe\"" },
                { "cut \xc3", "\"cut \\ufffd\"" },
                { "\xff/\xed\xa0\x80", "\"\\ufffd/\\ufffd\\ufffd\\ufffd\"" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char buffer[64];
                struct writer writer = writer_over(buffer, sizeof(buffer));

                writer_json_string(&writer, cases[i].text);
                assert_string_equal(buffer, cases[i].written);
        }
}

static void text_copy_fits_or_leaves_an_empty_text(void **state)
{
        char buffer[4] = "xyz";

        assert_true(text_copy(buffer, sizeof(buffer), "abcdef", 3));
        assert_string_equal(buffer, "abc");
        assert_false(text_copy(buffer, sizeof(buffer), "abcdef", 4));
        assert_string_equal(buffer, "");
        assert_true(text_copy(buffer, sizeof(buffer), NULL, 0));
        assert_false(text_copy(NULL, 0, "", 0));
}

static void text_comparison_looks_at_the_whole_text(void **state)
{
        assert_true(text_equal("", ""));
        assert_true(text_equal("abc", "abc"));
        assert_false(text_equal("abc", "abcd"));
        assert_false(text_equal("abcd", "abc"));
        assert_true(text_starts_with("abc", ""));
        assert_true(text_starts_with("abc", "abc"));
        assert_false(text_starts_with("ab", "abc"));
        assert_false(text_starts_with("xbc", "ab"));
}

static void utf8_is_checked_as_rfc_3629_says(void **state)
{
        static const struct {
                const char *text;
                bool valid;
        } cases[] = {
                { "", true },
                { "ascii", true },
                { "\xc2\x80 \xdf\xbf", true },
                { "\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf", true },
                { "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", true },
                { "\x80", false },             /* continuation without a lead */
                { "\xc0\x80", false },         /* overlong NUL */
                { "\xc1\xbf", false },         /* overlong */
                { "\xe0\x9f\xbf", false },     /* overlong */
                { "\xf0\x8f\xbf\xbf", false }, /* overlong */
                { "\xed\xa0\x80", false },     /* surrogate */
                { "\xf4\x90\x80\x80", false }, /* behind U+10FFFF */
                { "\xf5\x80\x80\x80", false },
                { "\xe2\x82", false }, /* cut */
                { "\xe2\x82\x41", false },
                { "\xf0\x9f\x92\xc0", false },
                { "\xff", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(text_is_utf8(cases[i].text, strlen(cases[i].text)), cases[i].valid);
}

static void decimal_numbers_are_digits_within_64_bits(void **state)
{
        static const struct {
                const char *text;
                bool valid;
                uint64_t value;
        } cases[] = {
                { "0", true, 0 },
                { "007", true, 7 },
                { "18446744073709551615", true, UINT64_MAX },
                { "18446744073709551616", false, 0 },
                { "99999999999999999999", false, 0 },
                { "", false, 0 },
                { "-1", false, 0 },
                { "+1", false, 0 },
                { " 1", false, 0 },
                { "1 ", false, 0 },
                { "0x1", false, 0 },
                { "1\xb2", false, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint64_t value = 4711;

                assert_int_equal(text_to_u64(cases[i].text, strlen(cases[i].text), &value), cases[i].valid);
                assert_true(value == (cases[i].valid ? cases[i].value : 4711));
        }
}

static void hex_has_exactly_the_asked_number_of_digits(void **state)
{
        uint8_t bytes[3] = { 9, 9, 9 };

        assert_true(text_to_hex_bytes("00aFFe", 6, bytes, 3));
        assert_memory_equal(bytes, "\x00\xaf\xfe", 3);
        assert_false(text_to_hex_bytes("0011", 4, bytes, 3));
        assert_false(text_to_hex_bytes("00112", 5, bytes, 2));
        assert_false(text_to_hex_bytes("00112g", 6, bytes, 3));
        assert_false(text_to_hex_bytes("0x1122", 6, bytes, 3));
        assert_memory_equal(bytes, "\x00\xaf\xfe", 3); /* untouched by failures */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(range_fits_never_overflows),
                cmocka_unit_test(numbers_are_little_endian_and_need_no_alignment),
                cmocka_unit_test(text_writer_leaves_room_for_the_nul),
                cmocka_unit_test(writer_writes_nothing_more_after_an_overflow),
                cmocka_unit_test(byte_writer_fills_the_buffer_to_the_last_byte),
                cmocka_unit_test(writer_over_nothing_only_overflows),
                cmocka_unit_test(numbers_and_hex_are_written_plainly),
                cmocka_unit_test(json_strings_are_escaped_and_always_valid),
                cmocka_unit_test(text_copy_fits_or_leaves_an_empty_text),
                cmocka_unit_test(text_comparison_looks_at_the_whole_text),
                cmocka_unit_test(utf8_is_checked_as_rfc_3629_says),
                cmocka_unit_test(decimal_numbers_are_digits_within_64_bits),
                cmocka_unit_test(hex_has_exactly_the_asked_number_of_digits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
