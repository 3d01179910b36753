/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others on a screen neither steers it nor reads otherwise than it is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/refused-character.h"
#include "common/base/safe-text.h"

static const struct {
        const char *text, *shown;
} cases[] = {
        { "", "" },
        { "Handed over to Zoë, 東京, 🙂", "Handed over to Zoë, 東京, 🙂" },
        { "\x1b[2J\x1b]0;owned\x07", "?[2J?]0;owned?" },
        { "one\ntwo\r\tthree\x7f", "one?two??three?" },
        { "C1: \xc2\x9b"
          "31m and \xc2\x80",
          "C1: ?31m and ?" },
        { "no-break\xc2\xa0space", "no-break\xc2\xa0space" },
        { "gpj.\xe2\x80\xae"
          "exe",
          "gpj.?exe" }, /* U+202E */
        { "\xe2\x81\xa6"
          "isolated\xe2\x81\xa9",
          "?isolated?" },                                       /* U+2066, U+2069 */
        { "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "???" },          /* U+061C, U+200E, U+200F */
        { "zero\xe2\x80\x8bwidth\xef\xbb\xbf", "zero?width?" }, /* U+200B, U+FEFF */
        { "soft\xc2\xadhyphen", "soft?hyphen" },                /* U+00AD */
        { "line\xe2\x80\xa8paragraph\xe2\x80\xa9", "line?paragraph?" },
        { "tag \xf3\xa0\x81\x81", "tag ?" },                  /* U+E0041 */
        { "fillers \xe3\x85\xa4\xe1\x85\x9f", "fillers ??" }, /* U+3164, U+115F */
        { "noncharacter \xef\xbf\xbf\xf4\x8f\xbf\xbf", "noncharacter ??" },
        { "neighbours \xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xb0",
          "neighbours \xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xb0" },
        { "Latin 1: \xe4", "Latin 1: ?" },
        { "\x9b"
          "31m",
          "?31m" }, /* a C1 byte that is no UTF-8 */
        { "cut short: \xe2\x80", "cut short: ??" },
        { "too long: \xc0\x9b \xe0\x82\x9b", "too long: ?? ???" }, /* U+009B in more bytes than it takes */
        { "surrogate: \xed\xa0\xae", "surrogate: ???" },
};

static void what_steers_or_hides_is_a_question_mark(void **state)
{
        char shown[128];

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_string_equal(safe_text(cases[i].text, shown, sizeof(shown)), cases[i].shown);
                assert_int_equal(text_is_safe(cases[i].text, strlen(cases[i].text)), strcmp(cases[i].text, cases[i].shown) == 0);
        }
}

/* Every character of Unicode: those that stay are those that the property does not name. */
static void each_refused_character_is_counted(void **state)
{
        size_t refused = 0;

        for (uint32_t point = 0; point <= 0x10ffff; point++)
                refused += character_is_refused(point);
        /* 65 of Cc, 2 of Zl and Zp, 4174 that are ignorable, 66 noncharacters, and U+FFF9 to U+FFFB */
        assert_int_equal(refused, 65 + 2 + 4174 + 66 + 3);
}

static void what_does_not_fit_is_cut_at_a_character(void **state)
{
        char shown[6];

        memset(shown, 'x', sizeof(shown));
        assert_string_equal(safe_text("abcd\xc3\xab", shown, sizeof(shown)), "abcd");
        assert_string_equal(safe_text("abc\xc3\xab", shown, sizeof(shown)), "abc\xc3\xab");
        assert_string_equal(safe_text("abc\x1b\x1b\x1b\x1b", shown, sizeof(shown)), "abc??");
        assert_string_equal(safe_text("abc", shown, 1), "");
}

static void a_length_counts_not_a_nul(void **state)
{
        char shown[16];
        struct writer writer = writer_over(shown, sizeof(shown));

        writer_safe_text(&writer, "ab\0cd", 5);
        assert_string_equal(shown, "ab?cd");
        assert_false(writer.overflow);
        assert_false(text_is_safe("ab\0cd", 5));
        assert_true(text_is_safe("abcd\x1b", 4));
}

static void json_says_the_same_without_them(void **state)
{
        static const struct {
                const char *json, *shown;
        } json_cases[] = {
                { "{\n\"a\":\t\"b\"\r\n}", "{\n\"a\":\t\"b\"\r\n}" },
                { "{\"a\":\"\xe2\x80\xae\x7f\xc2\x9b\"}", "{\"a\":\"\\u202e\\u007f\\u009b\"}" },
                { "\"\xf3\xa0\x81\x81\"", "\"\\udb40\\udc41\"" },
                { "\"Zo\xc3\xab\"", "\"Zo\xc3\xab\"" },
                { "\"\xe4\"", "\"?\"" },
        };
        char shown[128];

        for (size_t i = 0; i < ARRAY_SIZE(json_cases); i++) {
                struct writer writer = writer_over(shown, sizeof(shown));

                writer_safe_json(&writer, json_cases[i].json, strlen(json_cases[i].json));
                assert_string_equal(shown, json_cases[i].shown);
        }
        struct writer writer = writer_over(shown, sizeof(shown));
        writer_json_string(&writer, "a\xe2\x80\xae\xf3\xa0\x81\x81\x7f\xc3\xab\n\1");
        assert_string_equal(shown, "\"a\\u202e\\udb40\\udc41\\u007f\xc3\xab\\n\\u0001\"");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_steers_or_hides_is_a_question_mark), cmocka_unit_test(each_refused_character_is_counted),
                cmocka_unit_test(what_does_not_fit_is_cut_at_a_character), cmocka_unit_test(a_length_counts_not_a_nul),
                cmocka_unit_test(json_says_the_same_without_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
