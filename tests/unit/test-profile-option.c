/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile is chosen by exactly the load options that choose it with systemd-stub, and by no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf16.h"
#include "common/boot/profile-option.h"

#define TEXT_MAX 256

/* UTF-16LE on the heap, so that the sanitizer watches its end. */
static uint8_t *wide(const char *text, size_t *ret_size)
{
        uint8_t buffer[TEXT_MAX], *copy;
        struct writer writer = writer_over(buffer, sizeof(buffer));

        utf16_from_utf8(text, strlen(text), &writer);
        assert_false(writer.overflow);
        *ret_size = writer.size;
        copy = malloc(writer.size);
        memcpy(copy, buffer, writer.size);
        return copy;
}

static void assert_rest(const struct profile_option *option, const char *expected)
{
        char text[TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));

        assert_int_equal(utf16_to_utf8(option->rest.data, option->rest.size, &writer), ERR_OK);
        assert_string_equal(text, expected);
}

static void selector_is_taken_off_with_one_blank(void **state)
{
        static const struct {
                const char *options;
                unsigned profile;
                const char *rest;
        } cases[] = {
                { "@0", 0, "" },
                { "@1", 1, "" },
                { "@12 debug quiet", 12, "debug quiet" },
                { "@2 ", 2, "" },
                { "@2  two blanks", 2, " two blanks" },
                { "@007", 7, "" },
                { "@4294967295", UINT_MAX, "" },
                { "@1 @2", 1, "@2" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                for (int with_nul = 0; with_nul < 2; with_nul++) {
                        size_t size;
                        uint8_t *options = wide(cases[i].options, &size);
                        struct profile_option option = profile_option_parse(options, with_nul ? size : size - 2);

                        assert_true(option.given);
                        assert_false(option.malformed);
                        assert_int_equal(option.profile, cases[i].profile);
                        assert_rest(&option, cases[i].rest);
                        free(options);
                }
        }
}

static void what_is_no_selector_stays_whole(void **state)
{
        static const struct {
                const char *options;
                bool malformed;
        } cases[] = {
                { "", false },         { "quiet @1", false }, { " @1", false }, { "1", false },
                { "@", true },         { "@x", true },        { "@1x", true },  { "@ 1", true },
                { "@-1", true },       { "@+1", true },       { "@0x1", true }, { "@4294967296", true },
                { "@1\tdebug", true }, { "@1.", true },       { "@@1", true },  { "@18446744073709551617", true },
                { "@\xd9\xa1", true }, /* an Arabic one */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                size_t size;
                uint8_t *options = wide(cases[i].options, &size);
                struct profile_option option = profile_option_parse(options, size);

                assert_false(option.given);
                assert_int_equal(option.malformed, cases[i].malformed);
                assert_int_equal(option.profile, 0);
                assert_rest(&option, cases[i].options);
                free(options);
        }
}

static void nothing_and_half_a_character_are_nothing(void **state)
{
        uint8_t half[] = { '@', 0, '1' };
        struct profile_option option = profile_option_parse(NULL, 0);

        assert_false(option.given || option.malformed);
        assert_int_equal(option.rest.size, 0);
        option = profile_option_parse(half, sizeof(half));
        assert_true(option.malformed);
        assert_int_equal(option.rest.size, 2);
}

static void what_stands_behind_the_nul_is_not_read(void **state)
{
        static const uint8_t options[] = { '@', 0, '2', 0, 0, 0, '7', 0, ' ', 0, 'x', 0 };
        struct profile_option option = profile_option_parse(options, sizeof(options));

        assert_true(option.given);
        assert_int_equal(option.profile, 2);
        assert_int_equal(option.rest.size, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(selector_is_taken_off_with_one_blank),
                cmocka_unit_test(what_is_no_selector_stays_whole),
                cmocka_unit_test(nothing_and_half_a_character_are_nothing),
                cmocka_unit_test(what_stands_behind_the_nul_is_not_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
