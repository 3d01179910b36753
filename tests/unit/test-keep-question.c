/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's errands to who keeps files: each comes through as it was sent, and nothing else is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "reset-tool/keep-question.h"

#define NONCE "0123456789abcdef0123456789abcdef"

static enum err read_text(const char *text, struct keep_question *ret)
{
        return keep_question_read(text, strlen(text), ret);
}

static void every_errand_is_read_as_it_was_written(void **state)
{
        for (enum keep_errand errand = 0; errand < KEEP_ERRANDS; errand++) {
                struct keep_question asked = { .errand = errand, .nonce.bytes = { 1, 2, [15] = 0xff } };
                struct keep_question read = { 0 };
                char text[KEEP_QUESTION_MAX];
                struct writer writer = writer_over(text, sizeof(text));
                if (errand != KEEP_WITHDRAW) {
                        memset(asked.paths, 'a', sizeof(asked.paths) - 2); /* as much as fits */
                        asked.paths[500] = '\n';
                        asked.paths[sizeof(asked.paths) - 2] = '\n';
                }
                keep_question_write(&writer, &asked);
                assert_false(writer.overflow);
                assert_int_equal(keep_question_read(text, writer.size, &read), ERR_OK);
                assert_int_equal(read.errand, asked.errand);
                assert_true(id128_equal(&read.nonce, &asked.nonce));
                assert_string_equal(read.paths, asked.paths);
        }
}

static void nothing_else_is_an_errand(void **state)
{
        static const char *const texts[] = {
                "",
                "\n",
                "judge\n/a\n",
                "judge " NONCE,
                "judge " NONCE "\n",
                "judge " NONCE "\n/a",
                "judge " NONCE "\n\n/a\n",
                "judge " NONCE "\n/a\n\n/b\n",
                "judge " NONCE "x\n/a\n",
                "judge  " NONCE "\n/a\n",
                "judg " NONCE "\n/a\n",
                "judge2 " NONCE "\n/a\n",
                "withdraw " NONCE "\n/a\n",
                "hand-over 0123\n/a\n",
        };
        struct keep_question read = { .errand = KEEP_WITHDRAW };
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                assert_int_equal(read_text(texts[i], &read), ERR_SYNTAX);
        assert_int_equal(keep_question_read("judge " NONCE "\n/a\0\n", 42, &read), ERR_SYNTAX);
        assert_int_equal(read.errand, KEEP_WITHDRAW); /* untouched */
}

static void what_does_not_fit_is_refused(void **state)
{
        char text[KEEP_QUESTION_MAX + 64];
        struct keep_question read = { .errand = KEEP_WITHDRAW };
        int length = snprintf(text, sizeof(text), "judge " NONCE "\n");
        memset(text + length, 'a', SCHEDULE_KEEP_MAX);
        text[length + SCHEDULE_KEEP_MAX - 1] = '\n';
        assert_int_equal(keep_question_read(text, (size_t)length + SCHEDULE_KEEP_MAX, &read), ERR_TOO_LARGE);
        for (size_t i = 0; i <= KEEP_PATHS_MAX; i++)
                (void)memcpy(text + length + 3 * i, "/a\n", 3);
        const size_t most = (size_t)length + (size_t)3 * KEEP_PATHS_MAX;
        assert_int_equal(keep_question_read(text, most + 3, &read), ERR_TOO_LARGE);
        assert_int_equal(read.errand, KEEP_WITHDRAW);
        assert_int_equal(keep_question_read(text, most, &read), ERR_OK);
}

static void a_list_is_split_into_its_paths(void **state)
{
        char paths[] = "/a\n/b c\n/d\n", none[] = "", many[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n";
        const char *split[KEEP_PATHS_MAX];
        assert_int_equal(keep_paths_count(paths), 3);
        assert_int_equal(keep_paths_split(paths, split), 3);
        assert_string_equal(split[0], "/a");
        assert_string_equal(split[1], "/b c");
        assert_string_equal(split[2], "/d");
        assert_int_equal(keep_paths_count(none), 0);
        assert_int_equal(keep_paths_split(none, split), 0);
        assert_int_equal(keep_paths_count(many), 17);
        assert_int_equal(keep_paths_split(many, split), KEEP_PATHS_MAX);
        assert_string_equal(split[KEEP_PATHS_MAX - 1], "16");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_errand_is_read_as_it_was_written),
                cmocka_unit_test(nothing_else_is_an_errand),
                cmocka_unit_test(what_does_not_fit_is_refused),
                cmocka_unit_test(a_list_is_split_into_its_paths),
        };
        return cmocka_run_group_tests_name("keep-question", tests, NULL, NULL);
}
