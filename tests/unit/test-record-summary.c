/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of a record, from text that nobody authenticates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/show/record-summary.h"

#define TYPE "{\n\"type\":\"cleanslate-record-1\",\n"

static void result_and_time_are_read(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                bool complete;
                uint64_t written_at;
        } cases[] = {
                { TYPE "\"result\":\"complete\",\n\"writtenAt\":17,\n", ERR_OK, true, 17 },
                { TYPE "\"result\":\"failed\",\n\"error\":\"no\",\n\"writtenAt\":0,\n", ERR_OK, false, 0 },
                { TYPE "\"writtenAt\":5,\n\"result\":\"complete\"}\n", ERR_MISSING, false,
                  0 }, /* the last member is never plain */
                /* members of steps come later and do not count */
                { TYPE "\"result\":\"complete\",\n\"writtenAt\":17,\n\"steps\":[{\n\"result\":\"failed\",\n", ERR_OK, true, 17 },
                { TYPE "\"result\":\"failed\",\n\"result\":\"complete\",\n\"writtenAt\":17,\n", ERR_DUPLICATE, false, 0 },
                { "", ERR_SYNTAX, false, 0 },
                { "{\n\"result\":\"complete\",\n\"writtenAt\":17,\n", ERR_SYNTAX, false, 0 },
                { "{\n\"type\":\"cleanslate-break-glass-1\",\n\"writtenAt\":17,\n", ERR_SYNTAX, false, 0 },
                { TYPE "\"result\":\"complete\",\n", ERR_MISSING, false, 0 },
                { TYPE "\"writtenAt\":17,\n", ERR_MISSING, false, 0 },
                { TYPE "\"result\":\"complete\",\n\"writtenAt\":17", ERR_MISSING, false, 0 }, /* cut */
                { TYPE "\"result\":\"splendid\",\n\"writtenAt\":17,\n", ERR_RANGE, false, 0 },
                { TYPE "\"result\":\"complete\",\n\"writtenAt\":-1,\n", ERR_RANGE, false, 0 },
                { TYPE "\"result\":\"complete\",\n\"writtenAt\":99999999999999999999,\n", ERR_RANGE, false, 0 },
        };
        static const char partial[] = TYPE "\"result\":\"partial\",\n\"writtenAt\":17,\n";
        struct record_summary told = { 0 };

        assert_int_equal(record_summary_read(partial, strlen(partial), &told), ERR_OK);
        assert_true(told.partial && !told.complete && !told.built && told.undeclared == 0);
        static const char built[] = TYPE "\"result\":\"built\",\n\"undeclaredPartitions\":2,\n\"writtenAt\":17,\n";
        assert_int_equal(record_summary_read(built, strlen(built), &told), ERR_OK);
        assert_true(told.built && !told.partial && !told.complete && told.undeclared == 2);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct record_summary summary = { .complete = true, .written_at = 99 };

                assert_int_equal(record_summary_read(cases[i].text, strlen(cases[i].text), &summary), cases[i].err);
                assert_int_equal(summary.written_at, cases[i].err == ERR_OK ? cases[i].written_at : 99);
                assert_int_equal(summary.complete, cases[i].err == ERR_OK ? cases[i].complete : true);
        }
}

static void the_head_tells_who_asked_for_what_and_why(void **state)
{
        static const char text[] = TYPE "\"result\":\"failed\",\n\"error\":\"the disk is "
                                        "\\\"gone\\\"\",\n\"resetId\":\"00112233445566778899aabbccddeeff\",\n"
                                        "\"origin\":\"request\",\n\"reason\":\"sold,\\n{at "
                                        "last}\",\n\"requester\":null,\n\"level\":\"clear\",\n\"attempts\":2,\n"
                                        "\"writtenAt\":17,\n\"durationMs\":900,\n\"os\":{\n\"reason\":\"another\"}}\n";
        struct record_summary told;

        assert_int_equal(record_summary_read(text, strlen(text), &told), ERR_OK);
        assert_string_equal(told.error, "the disk is \"gone\"");
        assert_string_equal(told.reset_id, "00112233445566778899aabbccddeeff");
        assert_string_equal(told.origin, "request");
        assert_string_equal(told.reason, "sold,\n{at last}");
        assert_string_equal(told.requester, "");
        assert_string_equal(told.level, "clear");
        assert_int_equal(told.attempts, 2);
        assert_int_equal(told.duration_ms, 900);
        assert_string_equal(told.factory_digest, "");
}

static void a_text_that_is_too_long_is_no_summary(void **state)
{
        char text[1024];
        struct record_summary told = { .written_at = 99 };
        (void)snprintf(text, sizeof(text), TYPE "\"result\":\"failed\",\n\"writtenAt\":17,\n\"origin\":\"%0200d\",\n", 0);

        assert_int_equal(record_summary_read(text, strlen(text), &told), ERR_TOO_LARGE);
        assert_int_equal(told.written_at, 99);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(result_and_time_are_read),
                                            cmocka_unit_test(the_head_tells_who_asked_for_what_and_why),
                                            cmocka_unit_test(a_text_that_is_too_long_is_no_summary) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
