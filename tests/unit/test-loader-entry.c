/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Boot Loader Interface's texts: identifiers, timeouts, and who decides how the menu opens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/utf16.h"
#include "common/boot/loader-entry.h"

static size_t encode(const char *text, uint8_t ret[static 1024])
{
        struct writer writer = writer_over(ret, 1024);

        utf16_from_utf8(text, strlen(text), &writer);
        assert_false(writer.overflow);
        return writer.size;
}

static void identifiers_are_read_as_they_are_published(void **state)
{
        for (int i = 0; i < LOADER_ENTRY_COUNT; i++) {
                enum loader_entry entry = (enum loader_entry)i, read = LOADER_ENTRY_COUNT;
                uint8_t value[1024];
                size_t size = encode(loader_entry_id(entry), value);

                assert_int_equal(strncmp(loader_entry_id(entry), "auto-", 5), 0);
                assert_int_equal(loader_entry_read(value, size, &read), ERR_OK);
                assert_int_equal(read, entry);
                if (entry != LOADER_ENTRY_FIRMWARE_SETUP)
                        assert_int_equal(loader_entry_of_mode(loader_entry_mode(entry)), entry);
        }
        assert_int_equal(loader_entry_mode(LOADER_ENTRY_RESET), MODE_RESET);
        assert_int_equal(loader_entry_mode(LOADER_ENTRY_FIRMWARE_SETUP), MODE_NORMAL);
        assert_string_equal(loader_entry_id(LOADER_ENTRY_COUNT), "");
}

static void anything_else_is_no_entry(void **state)
{
        static const char *const others[] = { "",        "cleanslate", "auto-cleanslate-Reset", "auto-cleanslate-reset ",
                                              "windows", "auto-osx",   "auto-cleanslate-" };
        enum loader_entry read = LOADER_ENTRY_COUNT;
        uint8_t value[1024];

        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                assert_int_equal(loader_entry_read(value, encode(others[i], value), &read), ERR_RANGE);
        assert_int_equal(loader_entry_read(value, 0, &read), ERR_RANGE);
        assert_int_equal(loader_entry_read("a", 1, &read), ERR_TRUNCATED);
        assert_int_equal(loader_entry_read("\x00\xd8", 2, &read), ERR_ENCODING);
        memset(value, 'a', sizeof(value));
        assert_int_equal(loader_entry_read(value, sizeof(value), &read), ERR_TOO_LARGE);
        assert_int_equal(read, LOADER_ENTRY_COUNT);
}

static void the_list_holds_what_is_offered_each_with_its_nul(void **state)
{
        static const bool offered[LOADER_ENTRY_COUNT] = { [LOADER_ENTRY_NORMAL] = true, [LOADER_ENTRY_RECOVERY] = true };
        uint8_t list[1024], expected[2048];
        struct writer writer = writer_over(list, sizeof(list));
        size_t size = encode("auto-cleanslate", expected);

        size += encode("auto-cleanslate-recovery", expected + size);
        loader_entries_write(offered, &writer);
        assert_int_equal(writer.size, size);
        assert_memory_equal(list, expected, size);
}

static void timeouts_are_words_or_seconds(void **state)
{
        static const struct {
                const char *text;
                enum err err;
                int kind;
                uint32_t seconds;
        } cases[] = {
                { "menu-force", ERR_OK, TIMEOUT_FORCE, 0 },
                { "menu-hidden", ERR_OK, TIMEOUT_HIDDEN, 0 },
                { "menu-disabled", ERR_OK, TIMEOUT_DISABLED, 0 },
                { "0", ERR_OK, TIMEOUT_SECONDS, 0 },
                { "17", ERR_OK, TIMEOUT_SECONDS, 17 },
                { "4294967294", ERR_OK, TIMEOUT_SECONDS, 4294967294u },
                { "4294967295", ERR_OK, TIMEOUT_FORCE, 0 }, /* what systemd 252 writes for menu-force */
                { "18446744073709551615", ERR_OK, TIMEOUT_FORCE, 0 },
                { "18446744073709551616", ERR_RANGE, TIMEOUT_UNSET, 0 },
                { "-1", ERR_RANGE, TIMEOUT_UNSET, 0 },
                { "5s", ERR_RANGE, TIMEOUT_UNSET, 0 },
                { "", ERR_RANGE, TIMEOUT_UNSET, 0 },
                { "menu-forced", ERR_RANGE, TIMEOUT_UNSET, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct loader_timeout timeout = { .kind = TIMEOUT_UNSET };
                uint8_t value[1024];

                assert_int_equal(loader_timeout_read(value, encode(cases[i].text, value), &timeout), cases[i].err);
                assert_int_equal(timeout.kind, cases[i].kind);
                assert_int_equal(timeout.seconds, cases[i].seconds);
        }
}

static void once_comes_before_lasting_and_that_before_the_settings(void **state)
{
        static const struct {
                enum menu_mode mode;
                uint32_t settings_s;
                struct loader_timeout lasting, once;
                struct menu_opening opening;
        } cases[] = {
                { MENU_HIDDEN, 2, { .kind = TIMEOUT_UNSET }, { .kind = TIMEOUT_UNSET }, { MENU_HIDDEN, 2, false } },
                { MENU_SHOW, 7, { .kind = TIMEOUT_UNSET }, { .kind = TIMEOUT_UNSET }, { MENU_SHOW, 7, false } },
                { MENU_HIDDEN, 2, { TIMEOUT_SECONDS, 9 }, { .kind = TIMEOUT_UNSET }, { MENU_SHOW, 9, false } },
                { MENU_SHOW, 7, { TIMEOUT_SECONDS, 0 }, { .kind = TIMEOUT_UNSET }, { MENU_HIDDEN, 0, false } },
                { MENU_SHOW, 7, { .kind = TIMEOUT_HIDDEN }, { .kind = TIMEOUT_UNSET }, { MENU_HIDDEN, 0, false } },
                { MENU_HIDDEN, 2, { .kind = TIMEOUT_HIDDEN }, { .kind = TIMEOUT_UNSET }, { MENU_HIDDEN, 2, false } },
                { MENU_HIDDEN, 2, { .kind = TIMEOUT_FORCE }, { .kind = TIMEOUT_UNSET }, { MENU_SHOW, 0, true } },
                { MENU_SHOW, 7, { .kind = TIMEOUT_DISABLED }, { .kind = TIMEOUT_UNSET }, { MENU_OFF, 0, false } },
                { MENU_HIDDEN, 2, { TIMEOUT_SECONDS, 9 }, { TIMEOUT_SECONDS, 3 }, { MENU_SHOW, 3, false } },
                { MENU_HIDDEN, 2, { .kind = TIMEOUT_UNSET }, { TIMEOUT_SECONDS, 0 }, { MENU_SHOW, 0, true } },
                { MENU_SHOW, 7, { .kind = TIMEOUT_FORCE }, { .kind = TIMEOUT_HIDDEN }, { MENU_HIDDEN, 0, false } },
                /* the image says off */
                { MENU_OFF, 0, { .kind = TIMEOUT_FORCE }, { .kind = TIMEOUT_FORCE }, { MENU_OFF, 0, false } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct settings settings = { .menu = cases[i].mode,
                                             .menu_timeout_s = cases[i].settings_s,
                                             .menu_timeout_set = true };
                struct menu_opening opening = loader_menu_opening(&settings, cases[i].lasting, cases[i].once);

                assert_int_equal(opening.mode, cases[i].opening.mode);
                assert_int_equal(opening.timeout_s, cases[i].opening.timeout_s);
                assert_int_equal(opening.without_end, cases[i].opening.without_end);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(identifiers_are_read_as_they_are_published),
                cmocka_unit_test(anything_else_is_no_entry),
                cmocka_unit_test(the_list_holds_what_is_offered_each_with_its_nul),
                cmocka_unit_test(timeouts_are_words_or_seconds),
                cmocka_unit_test(once_comes_before_lasting_and_that_before_the_settings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
