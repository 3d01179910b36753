/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which signed addons are addons of this image, and what of their command line counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/boot/addon.h"

static void set(struct uki *uki, enum uki_section section, const char *text, size_t size)
{
        uki->sections[section] = (struct bytes){ (const uint8_t *)text, size };
}

static void set_text(struct uki *uki, enum uki_section section, const char *text)
{
        if (text != NULL)
                set(uki, section, text, strlen(text));
}

static void judged_by_what_they_bring(void **state)
{
        static const struct {
                const char *kernel, *line, *initrd, *ucode, *uname, *image_uname;
                enum err err;
        } cases[] = {
                { NULL, "a=1", NULL, NULL, NULL, NULL, ERR_OK },
                { NULL, NULL, "cpio", NULL, NULL, "6.1", ERR_OK },
                { NULL, NULL, NULL, "cpio", "6.1", NULL, ERR_OK },
                { NULL, "a=1", "cpio", "cpio", "6.1", "6.1", ERR_OK },
                { NULL, "a=1", NULL, NULL, "6.1", "6.10", ERR_VERSION },
                { NULL, "a=1", NULL, NULL, "6.10", "6.1", ERR_VERSION },
                { "MZ", "a=1", NULL, NULL, "6.1", "6.1", ERR_UNSUPPORTED },
                { NULL, NULL, NULL, NULL, "6.1", "6.1", ERR_MISSING },
                { NULL, "a=\xc3", NULL, NULL, NULL, NULL, ERR_ENCODING },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct uki addon = { 0 }, image = { 0 };

                set_text(&addon, UKI_LINUX, cases[i].kernel);
                set_text(&addon, UKI_CMDLINE, cases[i].line);
                set_text(&addon, UKI_INITRD, cases[i].initrd);
                set_text(&addon, UKI_UCODE, cases[i].ucode);
                set_text(&addon, UKI_UNAME, cases[i].uname);
                set_text(&image, UKI_UNAME, cases[i].image_uname);
                assert_int_equal(addon_judge(&addon, &image), cases[i].err);
        }
}

/* PE sections may be padded with zeros. */
static void padding_is_no_part_of_a_text(void **state)
{
        struct uki addon = { 0 }, image = { 0 };

        set(&addon, UKI_UNAME, "6.1\0\0", 5);
        set(&addon, UKI_CMDLINE, "a=1\0\xff", 5);
        set(&image, UKI_UNAME, "6.1", 3);
        assert_int_equal(addon_judge(&addon, &image), ERR_OK);
        assert_int_equal(addon_text(&addon, UKI_UNAME).size, 3);
        assert_int_equal(addon_line(&addon).size, 3);
}

static void blanks_around_a_line_do_not_count(void **state)
{
        static const struct {
                const char *line, *expected;
        } cases[] = { { "a=1", "a=1" }, { " \ta=1  b\n", "a=1  b" }, { " \n", "" }, { "", "" } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct uki addon = { 0 };
                struct bytes line;

                set_text(&addon, UKI_CMDLINE, cases[i].line);
                line = addon_line(&addon);
                assert_non_null(line.data);
                assert_int_equal(line.size, strlen(cases[i].expected));
                assert_memory_equal(line.data, cases[i].expected, line.size);
        }
        assert_null(addon_line(&(struct uki){ 0 }).data);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(judged_by_what_they_bring),
                cmocka_unit_test(padding_is_no_part_of_a_text),
                cmocka_unit_test(blanks_around_a_line_do_not_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
