/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one way of writing JSON: where commas go, in each of its styles, and what none of them may be fooled by. */
#include "common/base/json-write.h"
#include "common/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* Every function once, arrays and objects in each other, empty ones, and texts that end like JSON does. */
static void write_everything(struct writer *writer)
{
        static const struct id128 none, some = { .bytes = { [15] = 0x2a } };
        json_open(writer, '{');
        json_member_text(writer, "text", "a \"b\"\n");
        json_member_text(writer, "null", NULL);
        json_member_number(writer, "number", UINT64_MAX);
        json_member_flag(writer, "yes", true);
        json_member_flag(writer, "no", false);
        json_member_hex(writer, "hex", "\x01\xab", 2);
        json_member_base64(writer, "base64", "ab", 2);
        json_member_id(writer, "id", &some);
        json_member_id(writer, "none", &none);
        json_member_open(writer, "list", '[');
        json_text(writer, "{");
        json_text(writer, "[");
        json_text(writer, ":");
        json_text(writer, " ");
        json_number(writer, 7);
        json_flag(writer, true);
        json_hex(writer, "", 0);
        json_base64(writer, "", 0);
        json_open(writer, '[');
        json_close(writer, ']');
        json_open(writer, '{');
        json_close(writer, '}');
        json_open(writer, '{');
        json_member_number(writer, "in", 1);
        json_member_number(writer, "side", 2);
        json_close(writer, '}');
        json_close(writer, ']');
        json_key(writer, "last");
        json_number(writer, 0);
        json_close(writer, '}');
}

static void commas_are_where_they_belong_in_every_style(void **state)
{
        static const struct {
                enum json_style style;
                const char *text;
        } table[] = {
                { JSON_COMPACT,
                  "{\"text\":\"a \\\"b\\\"\\n\",\"null\":null,\"number\":18446744073709551615,\"yes\":true,\"no\":false,"
                  "\"hex\":\"01ab\",\"base64\":\"YWI=\",\"id\":\"0000000000000000000000000000002a\",\"none\":null,"
                  "\"list\":[\"{\",\"[\",\":\",\" \",7,true,\"\",\"\",[],{},{\"in\":1,\"side\":2}],\"last\":0}" },
                { JSON_LINES,
                  "{\n\"text\":\"a "
                  "\\\"b\\\"\\n\",\n\"null\":null,\n\"number\":18446744073709551615,\n\"yes\":true,\n\"no\":false,"
                  "\n\"hex\":\"01ab\",\n\"base64\":\"YWI=\",\n\"id\":\"0000000000000000000000000000002a\",\n\"none\":null,"
                  "\n\"list\":[\"{\",\"[\",\":\",\" \",7,true,\"\",\"\",[],{},{\n\"in\":1,\n\"side\":2}],\n\"last\":0}" },
                { JSON_SPACED,
                  "{\"text\": \"a \\\"b\\\"\\n\", \"null\": null, \"number\": 18446744073709551615, \"yes\": true, \"no\": "
                  "false, "
                  "\"hex\": \"01ab\", \"base64\": \"YWI=\", \"id\": \"0000000000000000000000000000002a\", \"none\": null, "
                  "\"list\": [\"{\",\"[\",\":\",\" \",7,true,\"\",\"\",[],{},{\"in\": 1, \"side\": 2}], \"last\": 0}" },
        };
        char text[1024];
        struct json json;

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                struct writer writer = writer_over(text, sizeof(text));
                writer.json_style = (uint8_t)table[i].style;
                write_everything(&writer);
                assert_false(writer.overflow);
                assert_string_equal(text, table[i].text);
                assert_int_equal(json_parse(&json, text, writer.size), ERR_OK);
        }
}

static void what_does_not_fit_is_told(void **state)
{
        char whole[1024], text[1024];
        struct writer writer = writer_over(whole, sizeof(whole));
        write_everything(&writer);
        const size_t size = writer.size;

        for (size_t capacity = 0; capacity <= size; capacity++) {
                writer = writer_over(text, capacity);
                write_everything(&writer);
                assert_true(writer.overflow);
        }
        writer = writer_over(text, size + 1);
        write_everything(&writer);
        assert_false(writer.overflow);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(commas_are_where_they_belong_in_every_style),
                cmocka_unit_test(what_does_not_fit_is_told),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
