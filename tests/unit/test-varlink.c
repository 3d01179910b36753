/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Varlink as it comes from a client nobody trusts: where a message ends, what its envelope and its parameters say. */
#include "common/format/varlink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define CALL(parameters) "{\"method\":\"org.example.Do\",\"parameters\":" parameters "}"

static struct varlink_call call;

static void parse(const char *text)
{
        assert_int_equal(varlink_call_parse(&call, text, strlen(text)), ERR_OK);
}

static void a_message_ends_at_its_nul(void **state)
{
        static char data[VARLINK_MESSAGE_MAX + 1];
        size_t length = 4711;

        assert_int_equal(varlink_frame("", 0, &length), ERR_TRUNCATED);
        assert_int_equal(varlink_frame("{}", 2, &length), ERR_TRUNCATED);
        assert_int_equal(length, 4711);
        assert_int_equal(varlink_frame("", 1, &length), ERR_OK);
        assert_int_equal(length, 0);
        assert_int_equal(varlink_frame("{}\0{\0", 5, &length), ERR_OK);
        assert_int_equal(length, 2);
        memset(data, 'a', sizeof(data));
        assert_int_equal(varlink_frame(data, VARLINK_MESSAGE_MAX - 1, &length), ERR_TRUNCATED);
        assert_int_equal(varlink_frame(data, VARLINK_MESSAGE_MAX, &length), ERR_TOO_LARGE);
        data[VARLINK_MESSAGE_MAX] = '\0'; /* one too late */
        assert_int_equal(varlink_frame(data, sizeof(data), &length), ERR_TOO_LARGE);
        data[VARLINK_MESSAGE_MAX - 1] = '\0';
        assert_int_equal(varlink_frame(data, sizeof(data), &length), ERR_OK);
        assert_int_equal(length, VARLINK_MESSAGE_MAX - 1);
}

static void an_envelope_says_what_it_says(void **state)
{
        parse("{\"method\":\"org.example.Do\"}");
        assert_string_equal(call.interface, "org.example");
        assert_string_equal(call.method, "Do");
        assert_false(call.more || call.oneway || call.interactive);
        assert_int_equal(call.parameters, -1);
        parse("{\"more\":true,\"method\":\"a.B\",\"unknown\":[1,{}],\"parameters\":null}");
        assert_true(call.more && !call.oneway && !call.interactive);
        assert_int_equal(call.parameters, -1);
        parse("{\"oneway\":true,\"more\":null,\"allowInteractiveAuthentication\":true,\"method\":\"a.B\",\"parameters\":{}}");
        assert_true(!call.more && call.oneway && call.interactive);
        assert_true(call.parameters > 0);
}

static void what_is_no_call_is_refused(void **state)
{
        static const struct {
                const char *text;
                enum err err;
        } table[] = {
                { "", ERR_SYNTAX },
                { "[]", ERR_SYNTAX },
                { "{\"method\":\"a.B\"} ,", ERR_SYNTAX },
                { "{}", ERR_MISSING },
                { "{\"method\":1}", ERR_RANGE },
                { "{\"method\":\"\"}", ERR_RANGE },
                { "{\"method\":\"B\"}", ERR_RANGE },  /* of no interface */
                { "{\"method\":\".B\"}", ERR_RANGE }, /* of none either */
                { "{\"method\":\"a.\"}", ERR_RANGE }, /* no method */
                { "{\"method\":\"a/b.C\"}", ERR_RANGE },
                { "{\"method\":\"a.B\\n\"}", ERR_RANGE },
                { "{\"method\":\"a.B\",\"method\":\"a.C\"}", ERR_DUPLICATE },
                { "{\"method\":\"a.B\",\"more\":1}", ERR_RANGE },
                { "{\"method\":\"a.B\",\"more\":\"true\"}", ERR_RANGE },
                { "{\"method\":\"a.B\",\"oneway\":{}}", ERR_RANGE },
                { "{\"method\":\"a.B\",\"allowInteractiveAuthentication\":0}", ERR_RANGE },
                { "{\"method\":\"a.B\",\"parameters\":[]}", ERR_RANGE },
                { "{\"method\":\"a.B\",\"parameters\":\"{}\"}", ERR_RANGE },
        };
        char text[VARLINK_NAME_MAX + 32];

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
                if (varlink_call_parse(&call, table[i].text, strlen(table[i].text)) != table[i].err)
                        fail_msg("otherwise than expected: %s", table[i].text);
        for (int length = VARLINK_NAME_MAX - 1; length <= VARLINK_NAME_MAX; length++) {
                char name[VARLINK_NAME_MAX + 1] = "a.";
                memset(name + 2, 'b', (size_t)length - 2);
                name[length] = '\0';
                (void)snprintf(text, sizeof(text), "{\"method\":\"%s\"}", name);
                assert_int_equal(varlink_call_parse(&call, text, strlen(text)),
                                 length < VARLINK_NAME_MAX ? ERR_OK : ERR_TOO_LARGE);
        }
}

static void a_parameter_nobody_knows_is_named(void **state)
{
        static const char *const known[] = { "one", "two", NULL };
        char name[VARLINK_NAME_MAX], text[VARLINK_NAME_MAX + 64], longer[VARLINK_NAME_MAX + 1];

        parse("{\"method\":\"a.B\"}");
        assert_false(varlink_unknown_parameter(&call, known, name));
        parse(CALL("{}"));
        assert_false(varlink_unknown_parameter(&call, known, name));
        parse(CALL("{\"two\":{\"three\":[1,2,{\"x\":\"y\"}]},\"one\":[]}")); /* what is inside of one counts for nothing */
        assert_false(varlink_unknown_parameter(&call, known, name));
        parse(CALL("{\"two\":[[\"one\"]],\"three\":1}"));
        assert_true(varlink_unknown_parameter(&call, known, name));
        assert_string_equal(name, "three");
        memset(longer, 'x', sizeof(longer));
        (void)snprintf(text, sizeof(text), CALL("{\"%.*s\":1}"), (int)sizeof(longer), longer);
        parse(text);
        assert_true(varlink_unknown_parameter(&call, known, name));
        assert_string_equal(name, "?");
}

static void parameters_are_read_or_refused(void **state)
{
        char text[8];
        bool on = true, given = true;
        uint64_t number;

        parse(CALL("{\"t\":\"\\u00e4\",\"n\":42,\"f\":true,\"z\":null,\"minus\":-1,\"half\":0.5,\"long\":\"12345678\"}"));
        assert_int_equal(varlink_text(&call, "t", text, sizeof(text)), ERR_OK);
        assert_string_equal(text, "\xc3\xa4");
        assert_int_equal(varlink_text(&call, "n", text, sizeof(text)), ERR_RANGE);
        assert_int_equal(varlink_text(&call, "long", text, sizeof(text)), ERR_TOO_LARGE);
        assert_int_equal(varlink_text(&call, "z", text, sizeof(text)), ERR_OK);
        assert_string_equal(text, "");
        assert_int_equal(varlink_flag(&call, "f", &on), ERR_OK);
        assert_true(on);
        assert_int_equal(varlink_flag(&call, "n", &on), ERR_RANGE);
        assert_int_equal(varlink_flag(&call, "absent", &on), ERR_OK);
        assert_false(on);
        assert_int_equal(varlink_number(&call, "n", &number, &given), ERR_OK);
        assert_true(given && number == 42);
        assert_int_equal(varlink_number(&call, "z", &number, &given), ERR_OK);
        assert_true(!given && number == 0);
        assert_int_equal(varlink_number(&call, "minus", &number, &given), ERR_RANGE);
        assert_int_equal(varlink_number(&call, "half", &number, &given), ERR_RANGE);
        assert_int_equal(varlink_number(&call, "t", &number, &given), ERR_RANGE);
        parse("{\"method\":\"a.B\",\"t\":\"of the envelope\"}"); /* which is no parameter */
        assert_int_equal(varlink_text(&call, "t", text, sizeof(text)), ERR_OK);
        assert_string_equal(text, "");
}

static void lines_are_texts_without_line_feeds(void **state)
{
        static const struct {
                const char *text, *lines;
                enum err err;
        } table[] = {
                { CALL("{}"), "", ERR_OK },
                { CALL("{\"l\":null}"), "", ERR_OK },
                { CALL("{\"l\":[]}"), "", ERR_OK },
                { CALL("{\"l\":[\"/a\",\"/b\"]}"), "/a\n/b\n", ERR_OK },
                { CALL("{\"l\":[\"/abcde\"]}"), "/abcde\n", ERR_OK },  /* as much as there is room for */
                { CALL("{\"l\":[\"/abcdef\"]}"), "", ERR_TOO_LARGE },  /* none for the line feed */
                { CALL("{\"l\":[\"/abcdefg\"]}"), "", ERR_TOO_LARGE }, /* none for the text */
                { CALL("{\"l\":[\"/a\",\"/b\",\"/c\"]}"), "", ERR_TOO_LARGE },
                { CALL("{\"l\":\"/a\"}"), "", ERR_RANGE },
                { CALL("{\"l\":[\"/a\",1]}"), "", ERR_RANGE },
                { CALL("{\"l\":[\"\"]}"), "", ERR_RANGE },
                { CALL("{\"l\":[\"a\\nb\"]}"), "", ERR_RANGE },
                { CALL("{\"l\":[\"a\\u0000b\"]}"), "", ERR_ENCODING },
        };
        char lines[8];

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                memset(lines, 'x', sizeof(lines));
                parse(table[i].text);
                if (varlink_lines(&call, "l", lines, sizeof(lines)) != table[i].err)
                        fail_msg("otherwise than expected: %s", table[i].text);
                assert_string_equal(lines, table[i].lines);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_message_ends_at_its_nul),      cmocka_unit_test(an_envelope_says_what_it_says),
                cmocka_unit_test(what_is_no_call_is_refused),     cmocka_unit_test(a_parameter_nobody_knows_is_named),
                cmocka_unit_test(parameters_are_read_or_refused), cmocka_unit_test(lines_are_texts_without_line_feeds),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
