/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's requests to preserve files: each comes through as it was sent, and nothing else is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "reset-tool/preserve-request.h"

#define NONCE "0123456789abcdef0123456789abcdef"

static enum err read_text(const char *text, struct preserve_request *ret)
{
        return preserve_request_read(text, strlen(text), ret);
}

static void every_request_is_read_as_it_was_written(void **state)
{
        for (enum preserve_action action = 0; action < PRESERVE_ACTIONS; action++) {
                struct preserve_request asked = { .action = action, .nonce.bytes = { 1, 2, [15] = 0xff } };
                struct preserve_request read = { 0 };
                char text[PRESERVE_REQUEST_MAX];
                struct writer writer = writer_over(text, sizeof(text));
                if (action != PRESERVE_WITHDRAW) {
                        memset(asked.paths, 'a', sizeof(asked.paths) - 2); /* as much as fits */
                        asked.paths[500] = '\n';
                        asked.paths[sizeof(asked.paths) - 2] = '\n';
                }
                preserve_request_write(&writer, &asked);
                assert_false(writer.overflow);
                assert_int_equal(preserve_request_read(text, writer.size, &read), ERR_OK);
                assert_int_equal(read.action, asked.action);
                assert_true(id128_equal(&read.nonce, &asked.nonce));
                assert_string_equal(read.paths, asked.paths);
        }
}

static void nothing_else_is_a_request(void **state)
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
        struct preserve_request read = { .action = PRESERVE_WITHDRAW };
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                assert_int_equal(read_text(texts[i], &read), ERR_SYNTAX);
        assert_int_equal(preserve_request_read("judge " NONCE "\n/a\0\n", 42, &read), ERR_SYNTAX);
        assert_int_equal(read.action, PRESERVE_WITHDRAW); /* untouched */
}

static void what_does_not_fit_is_refused(void **state)
{
        char text[PRESERVE_REQUEST_MAX + 64];
        struct preserve_request read = { .action = PRESERVE_WITHDRAW };
        int length = snprintf(text, sizeof(text), "judge " NONCE "\n");
        memset(text + length, 'a', SCHEDULE_KEEP_MAX);
        text[length + SCHEDULE_KEEP_MAX - 1] = '\n';
        assert_int_equal(preserve_request_read(text, (size_t)length + SCHEDULE_KEEP_MAX, &read), ERR_TOO_LARGE);
        for (size_t i = 0; i <= PRESERVE_PATHS_MAX; i++)
                (void)memcpy(text + length + 3 * i, "/a\n", 3);
        const size_t most = (size_t)length + (size_t)3 * PRESERVE_PATHS_MAX;
        assert_int_equal(preserve_request_read(text, most + 3, &read), ERR_TOO_LARGE);
        assert_int_equal(read.action, PRESERVE_WITHDRAW);
        assert_int_equal(preserve_request_read(text, most, &read), ERR_OK);
}

static void a_list_is_split_into_its_paths(void **state)
{
        char paths[] = "/a\n/b c\n/d\n", none[] = "", many[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n";
        const char *split[PRESERVE_PATHS_MAX];
        assert_int_equal(preserve_paths_count(paths), 3);
        assert_int_equal(preserve_paths_split(paths, split), 3);
        assert_string_equal(split[0], "/a");
        assert_string_equal(split[1], "/b c");
        assert_string_equal(split[2], "/d");
        assert_int_equal(preserve_paths_count(none), 0);
        assert_int_equal(preserve_paths_split(none, split), 0);
        assert_int_equal(preserve_paths_count(many), 17);
        assert_int_equal(preserve_paths_split(many, split), PRESERVE_PATHS_MAX);
        assert_string_equal(split[PRESERVE_PATHS_MAX - 1], "16");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_request_is_read_as_it_was_written),
                cmocka_unit_test(nothing_else_is_a_request),
                cmocka_unit_test(what_does_not_fit_is_refused),
                cmocka_unit_test(a_list_is_split_into_its_paths),
        };
        return cmocka_run_group_tests_name("preserve-request", tests, NULL, NULL);
}
