/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A confirmation is the exact word and Enter; nothing else is a yes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/base/typed-word.h"

/* The answer to the last key. */
static enum typed_answer type(struct typed_word *word, const char *keys)
{
        enum typed_answer answer = TYPED_PENDING;

        for (; *keys; keys++) {
                assert_int_equal(answer, TYPED_PENDING);
                answer = typed_word_key(word, *keys);
        }
        return answer;
}

static void only_the_word_and_enter_say_yes(void **state)
{
        static const struct {
                const char *keys;
                enum typed_answer answer;
        } cases[] = {
                { "reset\n", TYPED_YES },
                { "reset\r", TYPED_YES },
                { "resst\x7f\x7f\x7fset\r", TYPED_YES },
                { "resst\x08\x08"
                  "et\r",
                  TYPED_YES },
                { "what\x15"
                  "reset\r",
                  TYPED_YES },
                { "\x7f\x7freset\r", TYPED_YES },
                { "re\x01set\r", TYPED_YES },
                { "reset", TYPED_PENDING },
                { "\r", TYPED_WRONG },
                { "rese\r", TYPED_WRONG },
                { "resett\r", TYPED_WRONG },
                { "RESET\r", TYPED_WRONG },
                { " reset\r", TYPED_WRONG },
                { "reset \r", TYPED_WRONG },
                { "reset\x1b", TYPED_CANCEL },
                { "\x03", TYPED_CANCEL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct typed_word word = typed_word_over("reset");

                assert_int_equal(type(&word, cases[i].keys), cases[i].answer);
        }
}

static void after_an_answer_the_word_begins_anew(void **state)
{
        struct typed_word word = typed_word_over("reset");

        assert_int_equal(type(&word, "res\r"), TYPED_WRONG);
        assert_int_equal(type(&word, "et\r"), TYPED_WRONG);
        assert_int_equal(type(&word, "rese\x1b"), TYPED_CANCEL);
        assert_int_equal(type(&word, "t\r"), TYPED_WRONG);
        assert_int_equal(type(&word, "reset\r"), TYPED_YES);
        assert_string_equal(word.typed, "");
}

static void what_is_too_long_stays_wrong(void **state)
{
        struct typed_word word = typed_word_over("reset");

        for (int i = 0; i < 1000; i++)
                assert_int_equal(typed_word_key(&word, 'r'), TYPED_PENDING);
        for (int i = 0; i < 1000; i++)
                assert_int_equal(typed_word_key(&word, 0x7f), TYPED_PENDING);
        assert_int_equal(type(&word, "reset\r"), TYPED_WRONG);
        assert_int_equal(type(&word, "reset\r"), TYPED_YES);
}

/* The boot menu and the initrd take the same words for yes. */
static void a_blank_counts_as_the_words_hyphen(void **state)
{
        assert_true(typed_word_matches("break-glass", "break-glass"));
        assert_true(typed_word_matches("break glass", "break-glass"));
        assert_false(typed_word_matches("breakglass", "break-glass"));
        assert_false(typed_word_matches("break--glass", "break-glass"));
        assert_false(typed_word_matches("break-glas", "break-glass"));
        assert_false(typed_word_matches("break-glasses", "break-glass"));
        assert_false(typed_word_matches("break-glass", "break glass")); /* of the word's, not of what is typed */
        assert_false(typed_word_matches("", "reset"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_the_word_and_enter_say_yes),
                cmocka_unit_test(after_an_answer_the_word_begins_anew),
                cmocka_unit_test(what_is_too_long_stays_wrong),
                cmocka_unit_test(a_blank_counts_as_the_words_hyphen),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
