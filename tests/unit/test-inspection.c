/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service and its inspector say to each other: every question comes through as it was put, and nothing else is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "reset-tool/inspection.h"

static void every_question_is_read_as_it_was_written(void **state)
{
        for (unsigned i = 0; i < INSPECTION_COUNT * 4 * 4; i++) {
                const struct inspection asked = { .of = i / 16, .level = i / 4 % 4, .tpm_clear = i % 4 };
                struct inspection read = { 0 };
                char line[INSPECTION_LINE_MAX];
                struct writer writer = writer_over(line, sizeof(line));
                inspection_line(&writer, &asked);
                assert_false(writer.overflow);
                assert_int_equal(line[writer.size - 1], '\n');
                assert_int_equal(inspection_read(line, writer.size - 1, &read), ERR_OK);
                assert_int_equal(read.of, asked.of);
                assert_int_equal(read.level, asked.level);
                assert_int_equal(read.tpm_clear, asked.tpm_clear);
        }
}

static void nothing_else_is_a_question(void **state)
{
        static const char *const lines[] = { "",
                                             "plan",
                                             "plan -",
                                             "plan - - ",
                                             "plan - - -",
                                             " plan - -",
                                             "plan  - -",
                                             "erase - -",
                                             "plan crypt -",
                                             "plan - never",
                                             "plan\t-\t-",
                                             "PLAN - -",
                                             "plan - -\n",
                                             "plan - -                                                              " };
        struct inspection read = { .of = INSPECTION_DOCTOR };
        for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
                assert_int_equal(inspection_read(lines[i], strlen(lines[i]), &read), ERR_SYNTAX);
        assert_int_equal(inspection_read("plan - -\0x", 10, &read), ERR_SYNTAX);
        assert_int_equal(read.of, INSPECTION_DOCTOR); /* untouched */
}

static void an_answer_begins_with_its_kind_in_a_line(void **state)
{
        static const struct {
                const char *text;
                enum inspection_answer answer;
                size_t rest;
        } cases[] = {
                { "ok\n{}", INSPECTION_OK, 3 },
                { "failed\nwhy", INSPECTION_FAILED, 7 },
                { "disallowed\nx", INSPECTION_DISALLOWED, 11 },
                { "error\nx", INSPECTION_ERROR, 6 },
                { "ok\n", INSPECTION_OK, 3 },
                { "ok", INSPECTION_ERROR, 2 },
                { "", INSPECTION_ERROR, 0 },
                { "\n", INSPECTION_ERROR, 1 },
                { "okay\n", INSPECTION_ERROR, 5 },
                { "o\nk", INSPECTION_ERROR, 3 },
        };
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                size_t rest = 99;
                assert_int_equal(inspection_answer_read(cases[i].text, strlen(cases[i].text), &rest), cases[i].answer);
                assert_int_equal(rest, cases[i].rest);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_question_is_read_as_it_was_written),
                cmocka_unit_test(nothing_else_is_a_question),
                cmocka_unit_test(an_answer_begins_with_its_kind_in_a_line),
        };
        return cmocka_run_group_tests_name("inspection", tests, NULL, NULL);
}
