/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON is taken by RFC 8259's letter, and read back with its escapes decoded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/base/json.h"

static enum err parse(const char *text, struct json *json)
{
        return json_parse(json, text, strlen(text));
}

static void valid_json_is_accepted(void **state)
{
        static const char *const texts[] = {
                "{}",
                " \t\r\n{ \t\r\n} \t\r\n",
                "{\"a\":1}",
                "{ \"a\" : [ ] , \"b\" : { } }",
                "{\"a\":[1,[2,{\"b\":[]}],null,true,false,\"x\"]}",
                "{\"n\":[0,-0,10,-1,1.5,0.0,1e1,1E+1,1e-10,-1.25E2]}",
                "{\"\":\"\"}",
                "{\"a\":{\"a\":{\"a\":1}}}",
                "{\"e\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u12aF\"}",
                "{\"\xc3\xbc\":\"\xf0\x9f\x92\xbe\x7f\"}",
                "{\"lone surrogate nobody reads\":\"\\ud800\"}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct json json;

                if (parse(texts[i], &json) != ERR_OK)
                        fail_msg("refused: %s", texts[i]);
        }
}

static void anything_else_is_refused(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } cases[] = {
                /* the root */
                { "", ERR_SYNTAX },
                { " ", ERR_SYNTAX },
                { "[]", ERR_SYNTAX },
                { "1", ERR_SYNTAX },
                { "\"a\"", ERR_SYNTAX },
                { "\xef\xbb\xbf{}", ERR_SYNTAX },
                { "{} {}", ERR_SYNTAX },
                { "{}x", ERR_SYNTAX },
                { "x{}", ERR_SYNTAX },
                { "{},", ERR_SYNTAX },
                { "{}\"a\"", ERR_SYNTAX },
                { "{} 1", ERR_SYNTAX },
                /* cut */
                { "{", ERR_SYNTAX },
                { "{\"a", ERR_SYNTAX },
                { "{\"a\":[1", ERR_SYNTAX },
                { "}", ERR_SYNTAX },
                { "{]", ERR_SYNTAX },
                { "{\"a\":[}", ERR_SYNTAX },
                /* punctuation */
                { "{\"a\"}", ERR_SYNTAX },
                { "{\"a\":}", ERR_SYNTAX },
                { "{\"a\" 1}", ERR_SYNTAX },
                { "{\"a\":1,}", ERR_SYNTAX },
                { "{,\"a\":1}", ERR_SYNTAX },
                { "{\"a\":1 \"b\":2}", ERR_SYNTAX },
                { "{\"a\":1,,\"b\":2}", ERR_SYNTAX },
                { "{\"a\":1:2}", ERR_SYNTAX },
                { "{\"a\"::1}", ERR_SYNTAX },
                { "{\"a\",\"b\"}", ERR_SYNTAX },
                { "{\"a\":\"b\":\"c\"}", ERR_SYNTAX },
                { "{\"a\":1;\"b\":2}", ERR_SYNTAX },
                { "{\"a\":[1,]}", ERR_SYNTAX },
                { "{\"a\":[,1]}", ERR_SYNTAX },
                { "{\"a\":[1 2]}", ERR_SYNTAX },
                { "{\"a\":[\"b\":1]}", ERR_SYNTAX },
                { "{\"a\":[\"b\" \"c\"]}", ERR_SYNTAX },
                { "{\"a\":{}{}}", ERR_SYNTAX },
                { "{1:2}", ERR_SYNTAX },
                { "{{}:2}", ERR_SYNTAX },
                { "{[]:2}", ERR_SYNTAX },
                { "{null:2}", ERR_SYNTAX },
                { "{a:1}", ERR_SYNTAX },
                { "{'a':1}", ERR_SYNTAX },
                { "{/**/}", ERR_SYNTAX },
                { "{\"a\":1}//", ERR_SYNTAX },
                { "{\v}", ERR_SYNTAX },
                { "{\xc2\xa0}", ERR_SYNTAX },
                /* primitives */
                { "{\"a\":tru}", ERR_SYNTAX },
                { "{\"a\":truee}", ERR_SYNTAX },
                { "{\"a\":True}", ERR_SYNTAX },
                { "{\"a\":nul}", ERR_SYNTAX },
                { "{\"a\":n}", ERR_SYNTAX },
                { "{\"a\":nan}", ERR_SYNTAX },
                { "{\"a\":+1}", ERR_SYNTAX },
                { "{\"a\":-}", ERR_SYNTAX },
                { "{\"a\":01}", ERR_SYNTAX },
                { "{\"a\":-01}", ERR_SYNTAX },
                { "{\"a\":1.}", ERR_SYNTAX },
                { "{\"a\":.1}", ERR_SYNTAX },
                { "{\"a\":1e}", ERR_SYNTAX },
                { "{\"a\":1e+}", ERR_SYNTAX },
                { "{\"a\":1.e1}", ERR_SYNTAX },
                { "{\"a\":0x1}", ERR_SYNTAX },
                { "{\"a\":1a}", ERR_SYNTAX },
                { "{\"a\":1\"b\"}", ERR_SYNTAX },
                /* strings */
                { "{\"a\":\"\\x41\"}", ERR_SYNTAX },
                { "{\"a\":\"\\u12\"}", ERR_SYNTAX },
                { "{\"a\":\"\\u12g4\"}", ERR_SYNTAX },
                { "{\"a\":\"line\nend\"}", ERR_SYNTAX },
                { "{\"a\":\"\x1f\"}", ERR_SYNTAX },
                { "{\"a\":\"\xc3\"}", ERR_ENCODING },
                { "{\"a\":\"\xed\xa0\x80\"}", ERR_ENCODING },
                { "{\"\\ud800\":1}", ERR_ENCODING },
                { "{\"\\u0000\":1}", ERR_ENCODING },
                /* keys */
                { "{\"a\":1,\"a\":1}", ERR_DUPLICATE },
                { "{\"a\":1,\"b\":{},\"a\":1}", ERR_DUPLICATE },
                { "{\"x\":[{\"a\":{\"z\":1},\"a\":1}]}", ERR_DUPLICATE },
                { "{\"a/\":1,\"\\u0061\\/\":1}", ERR_DUPLICATE },
                { "{\"\xf0\x9f\x92\xbe\":1,\"\\ud83d\\udcbe\":1}", ERR_DUPLICATE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct json json = { .count = 4711 };
                enum err err = parse(cases[i].text, &json);

                if (err != cases[i].err)
                        fail_msg("%s: %s, expected %s", cases[i].text, err_name(err), err_name(cases[i].err));
                assert_int_equal(json.count, 4711); /* untouched */
        }
}

static void nul_inside_of_the_text_is_refused(void **state)
{
        struct json json;

        assert_int_equal(json_parse(&json, "{}\0", 3), ERR_SYNTAX);
        assert_int_equal(json_parse(&json, "{\"a\0\":1}", 9), ERR_SYNTAX);
}

static void same_key_on_different_levels_is_no_duplicate(void **state)
{
        struct json json;

        assert_int_equal(parse("{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}],\"aa\":1,\"A\":1,\"\":0}", &json), ERR_OK);
}

static void too_large_text_is_refused(void **state)
{
        static char text[70000];
        struct json json;

        memset(text, ' ', sizeof(text));
        text[0] = '{';
        text[65534] = '}';
        assert_int_equal(json_parse(&json, text, 65535), ERR_OK);
        text[65534] = ' ';
        text[65535] = '}';
        assert_int_equal(json_parse(&json, text, 65536), ERR_TOO_LARGE);
}

static void too_many_tokens_are_refused(void **state)
{
        char text[1024] = "{\"a\":[0";
        struct json json;

        for (size_t count = 4; count < JSON_TOKENS_MAX; count++)
                strcat(text, ",0");
        strcat(text, "]}");
        assert_int_equal(parse(text, &json), ERR_OK);
        assert_int_equal(json.count, JSON_TOKENS_MAX);
        memcpy(text + strlen(text) - 2, ",0]}", 5);
        assert_int_equal(parse(text, &json), ERR_TOO_LARGE);
}

static void too_deep_nesting_is_refused(void **state)
{
        char text[512];
        struct json json;

        for (size_t depth = 31; depth <= 32; depth++) {
                memset(text, 0, sizeof(text));
                strcat(text, "{\"a\":");
                memset(text + strlen(text), '[', depth);
                memset(text + strlen(text), ']', depth);
                strcat(text, "}");
                assert_int_equal(parse(text, &json), depth == 31 ? ERR_OK : ERR_TOO_LARGE);
        }
}

static void members_are_found_on_their_own_level_only(void **state)
{
        struct json json;
        int inner;

        assert_int_equal(parse("{\"skip\":{\"a\":[1,2]},\"a\":{\"b\":7,\"c\":null},\"\\u0064\":true}", &json), ERR_OK);
        inner = json_member(&json, 0, "a");
        assert_true(json_is(&json, inner, JSON_OBJECT));
        assert_int_equal(json.tokens[inner].children, 2);
        assert_true(json_is(&json, json_member(&json, inner, "b"), JSON_PRIMITIVE));
        assert_true(json_is(&json, json_member(&json, 0, "d"), JSON_PRIMITIVE));
        assert_int_equal(json_member(&json, 0, "b"), -1);
        assert_int_equal(json_member(&json, 0, "ski"), -1);
        assert_int_equal(json_member(&json, 0, "skipp"), -1);
        assert_int_equal(json_member(&json, json_member(&json, inner, "b"), "a"), -1);
        assert_int_equal(json_member(&json, -1, "a"), -1);
        assert_false(json_is(&json, -1, JSON_PRIMITIVE));
        assert_false(json_is(&json, (int)json.count, JSON_PRIMITIVE));
}

static void strings_come_back_decoded(void **state)
{
        static const struct {
                const char *text, *value;
                enum err err;
        } cases[] = {
                { "{\"v\":\"\"}", "", ERR_OK },
                { "{\"v\":\"abc\"}", "abc", ERR_OK },
                { "{\"v\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "\"\\/\b\f\n\r\t", ERR_OK },
                { "{\"v\":\"\\u0041\\u00fc\\u20ac\\uD83D\\udcBE\"}", "A\xc3\xbc\xe2\x82\xac\xf0\x9f\x92\xbe", ERR_OK },
                { "{\"v\":\"\xc3\xbc\"}", "\xc3\xbc", ERR_OK },
                { "{\"v\":\"0123456789abcde\"}", "0123456789abcde", ERR_OK },
                { "{\"v\":\"0123456789abcdef\"}", NULL, ERR_TOO_LARGE },
                { "{\"v\":\"0123456789abc\\u20ac\"}", NULL, ERR_TOO_LARGE },
                { "{\"v\":\"a\\u0000b\"}", NULL, ERR_ENCODING },
                { "{\"v\":\"\\ud83d\"}", NULL, ERR_ENCODING },
                { "{\"v\":\"\\ud83dx\"}", NULL, ERR_ENCODING },
                { "{\"v\":\"\\ud83d\\n\"}", NULL, ERR_ENCODING },
                { "{\"v\":\"\\ud83d\\u0041\"}", NULL, ERR_ENCODING },
                { "{\"v\":\"\\udcbe\\ud83d\"}", NULL, ERR_ENCODING },
                { "{\"v\":1}", NULL, ERR_RANGE },
                { "{\"v\":null}", NULL, ERR_RANGE },
                { "{\"v\":[\"a\"]}", NULL, ERR_RANGE },
                { "{}", NULL, ERR_RANGE },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct json json;
                char value[16] = "untouched";

                assert_int_equal(parse(cases[i].text, &json), ERR_OK);
                assert_int_equal(json_string(&json, json_member(&json, 0, "v"), value, sizeof(value)), cases[i].err);
                assert_string_equal(value, cases[i].value != NULL ? cases[i].value : "untouched");
        }
}

static void only_plain_non_negative_integers_are_numbers(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                uint64_t value;
        } cases[] = {
                { "{\"v\":0}", ERR_OK, 0 },
                { "{\"v\":18446744073709551615}", ERR_OK, UINT64_MAX },
                { "{\"v\":18446744073709551616}", ERR_RANGE, 0 },
                { "{\"v\":-1}", ERR_RANGE, 0 },
                { "{\"v\":1.0}", ERR_RANGE, 0 },
                { "{\"v\":1e3}", ERR_RANGE, 0 },
                { "{\"v\":true}", ERR_RANGE, 0 },
                { "{\"v\":\"1\"}", ERR_RANGE, 0 },
                { "{\"v\":[1]}", ERR_RANGE, 0 },
                { "{}", ERR_RANGE, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct json json;
                uint64_t value = 4711;

                assert_int_equal(parse(cases[i].text, &json), ERR_OK);
                assert_int_equal(json_u64(&json, json_member(&json, 0, "v"), &value), cases[i].err);
                assert_true(value == (cases[i].err == ERR_OK ? cases[i].value : 4711));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(valid_json_is_accepted),
                cmocka_unit_test(anything_else_is_refused),
                cmocka_unit_test(nul_inside_of_the_text_is_refused),
                cmocka_unit_test(same_key_on_different_levels_is_no_duplicate),
                cmocka_unit_test(too_large_text_is_refused),
                cmocka_unit_test(too_many_tokens_are_refused),
                cmocka_unit_test(too_deep_nesting_is_refused),
                cmocka_unit_test(members_are_found_on_their_own_level_only),
                cmocka_unit_test(strings_come_back_decoded),
                cmocka_unit_test(only_plain_non_negative_integers_are_numbers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
