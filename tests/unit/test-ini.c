/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language of INI files as systemd reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/base/ini.h"

/* Reads everything and writes "[section]key=value@line;" for each entry; "!NAME@line" for an error. */
static const char *read_all(const char *text, size_t size)
{
        static char result[8192];
        struct writer writer = writer_over(result, sizeof(result));
        enum ini_item item = INI_END;
        struct ini ini;
        enum err err;

        ini_init(&ini, text, size);
        while ((err = ini_next(&ini, &item)) == ERR_OK && item != INI_END) {
                writer_char(&writer, '[');
                writer_text(&writer, ini.section);
                writer_char(&writer, ']');
                if (item == INI_ENTRY) {
                        writer_text(&writer, ini.key);
                        writer_char(&writer, '=');
                        writer_text(&writer, ini.value);
                }
                writer_char(&writer, '@');
                writer_decimal(&writer, ini.line);
                writer_char(&writer, ';');
        }
        if (err != ERR_OK) {
                assert_true(ini.detail[0] != '\0');
                writer_char(&writer, '!');
                writer_text(&writer, err_name(err));
                writer_char(&writer, '@');
                writer_decimal(&writer, ini.line);
        }
        assert_false(writer.overflow);
        return result;
}

#define ASSERT_READS(text, expected) assert_string_equal(read_all(text, sizeof(text) - 1), expected)

static void sections_and_assignments_are_read_in_order(void **state)
{
        ASSERT_READS("", "");
        ASSERT_READS("\n \n\t\n", "");
        ASSERT_READS("[A]\nk=v\n[B]\nk=w", "[A]@1;[A]k=v@2;[B]@3;[B]k=w@4;");
        ASSERT_READS("[A]\n[A]\n", "[A]@1;[A]@2;");
}

static void blanks_around_keys_values_and_sections_do_not_count(void **state)
{
        ASSERT_READS("  [A]\t\n \tk \t=  v w \t\n", "[A]@1;[A]k=v w@2;");
        ASSERT_READS("[A]\nk=\nl =   \n", "[A]@1;[A]k=@2;[A]l=@3;");
}

static void only_the_first_equals_sign_divides(void **state)
{
        ASSERT_READS("[A]\nk=a=b==\n", "[A]@1;[A]k=a=b==@2;");
}

static void comments_are_skipped_at_line_starts_only(void **state)
{
        ASSERT_READS("# c\n[A]\n ; c = d\n\t#[B]\nk=v # not a comment\n", "[A]@2;[A]k=v # not a comment@5;");
        ASSERT_READS("#\xff\n[A]\n", "[A]@2;");
}

static void a_backslash_continues_a_line(void **state)
{
        ASSERT_READS("[A]\nk=a\\\nb\nl=c\n", "[A]@1;[A]k=a b@2;[A]l=c@4;");
        ASSERT_READS("[A]\nk=a\\\n  b\\\r\n c\n", "[A]@1;[A]k=a   b  c@2;");
        ASSERT_READS("[A]\nk\\\n=a\n", "[A]@1;[A]k=a@2;");
        ASSERT_READS("[A]\nk=a\\", "[A]@1;[A]k=a@2;");
}

static void comments_within_a_continued_line_are_skipped(void **state)
{
        ASSERT_READS("[A]\nk=a\\\n# c\n;d\\\nb\n", "[A]@1;[A]k=a b@2;");
}

static void two_backslashes_do_not_continue_a_line(void **state)
{
        ASSERT_READS("[A]\nk=a\\\\\nl=b\n", "[A]@1;[A]k=a\\\\@2;[A]l=b@3;");
        ASSERT_READS("[A]\nk=a\\\\\\\nb\n", "[A]@1;[A]k=a\\\\ b@2;");
}

static void dos_line_ends_and_byte_order_marks_are_tolerated(void **state)
{
        ASSERT_READS("\xef\xbb\xbf[A]\r\nk=v\r\n\r\n", "[A]@1;[A]k=v@2;");
        ASSERT_READS("\xef\xbb\xbf", "");
}

static void what_is_neither_section_nor_assignment_is_refused_with_its_line(void **state)
{
        ASSERT_READS("[A]\n\nnonsense\n", "[A]@1;!syntax@3");
        ASSERT_READS("[A\n", "!syntax@1");
        ASSERT_READS("[A]x\n", "!syntax@1");
        ASSERT_READS("[]\n", "!syntax@1");
        ASSERT_READS("[\n", "!syntax@1");
        ASSERT_READS("[A]\n = v\n", "[A]@1;!syntax@2");
        ASSERT_READS("k=v\n[A]\n", "!syntax@1");
}

static void text_that_is_not_utf8_is_refused(void **state)
{
        ASSERT_READS("[A]\nk=\xff\n", "[A]@1;!syntax@2");
        ASSERT_READS("[A]\nk=a\0b\n", "[A]@1;!syntax@2");
        ASSERT_READS("[A]\nk=\xc3\xbc\n", "[A]@1;[A]k=\xc3\xbc@2;");
}

static void lengths_are_bounded(void **state)
{
        static char text[INI_LINE_MAX + 64];
        char section[INI_SECTION_MAX + 8];

        memcpy(text, "[A]\nk=", 6);
        memset(text + 6, 'x', sizeof(text) - 6);
        assert_non_null(strstr(read_all(text, 4 + INI_LINE_MAX - 1), "xxx@2;"));
        assert_string_equal(read_all(text, 4 + INI_LINE_MAX), "[A]@1;!too-large@2");
        text[4] = '#'; /* comments may be of any length */
        assert_string_equal(read_all(text, sizeof(text)), "[A]@1;");

        memset(section, 'x', sizeof(section));
        section[0] = '[';
        section[INI_SECTION_MAX] = ']';
        assert_non_null(strstr(read_all(section, INI_SECTION_MAX + 1), "x]@1;"));
        section[INI_SECTION_MAX] = 'x';
        section[INI_SECTION_MAX + 1] = ']';
        assert_string_equal(read_all(section, INI_SECTION_MAX + 2), "!too-large@1");
}

static void continued_lines_are_bounded_as_a_whole(void **state)
{
        static char text[4 * INI_LINE_MAX];

        memcpy(text, "[A]\nk=", 6);
        for (size_t i = 6; i < sizeof(text); i += 2)
                memcpy(text + i, "\\\n", 2);
        assert_string_equal(read_all(text, sizeof(text)), "[A]@1;!too-large@2");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sections_and_assignments_are_read_in_order),
                cmocka_unit_test(blanks_around_keys_values_and_sections_do_not_count),
                cmocka_unit_test(only_the_first_equals_sign_divides),
                cmocka_unit_test(comments_are_skipped_at_line_starts_only),
                cmocka_unit_test(a_backslash_continues_a_line),
                cmocka_unit_test(comments_within_a_continued_line_are_skipped),
                cmocka_unit_test(two_backslashes_do_not_continue_a_line),
                cmocka_unit_test(dos_line_ends_and_byte_order_marks_are_tolerated),
                cmocka_unit_test(what_is_neither_section_nor_assignment_is_refused_with_its_line),
                cmocka_unit_test(text_that_is_not_utf8_is_refused),
                cmocka_unit_test(lengths_are_bounded),
                cmocka_unit_test(continued_lines_are_bounded_as_a_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
