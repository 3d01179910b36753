/* SPDX-License-Identifier: GPL-2.0-or-later */
/* os-release(5) is read as shells and systemd read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/policy/request.h"

static void os_release_is_read_as_a_shell_would(void **state)
{
        static const struct {
                const char *text, *id, *image_id;
        } cases[] = {
                { "", "linux", "" },
                { "ID=debian\n", "debian", "" },
                { "ID=debian", "debian", "" },
                { "IMAGE_ID=ref\nID=debian\n", "debian", "ref" },
                { "ID=\"debian\"\nIMAGE_ID='ref'\n", "debian", "ref" },
                { "ID=\n", "linux", "" },
                { "ID=\"\"\n", "linux", "" },
                { "  ID=debian  \r\n", "debian", "" },
                { "ID= debian\n", "debian", "" },
                { "ID=one\nID=two\n", "two", "" },
                { "#ID=comment\n # ID=comment\nID=a#b\n", "a#b", "" },
                { "\n\nno assignment\nID=debian\n", "debian", "" },
                { "XID=x\nID_LIKE=y\nID=debian\nIDX=z\n", "debian", "" },
                { "=x\nID=debian\n", "debian", "" },
                { "ID=\"a \\\"b\\\" \\$c \\x \"\n", "a \"b\" $c \\x ", "" },
                { "ID='a\\b\"c'\n", "a\\b\"c", "" },
                { "ID=a\\ b\n", "a b", "" },
                { "ID=\"a\"b'c'\n", "abc", "" },
                { "NAME=\"two\nID=hidden\n\"\nID=debian\n", "debian", "" },
                { "ID=\"never closed\n", "never closed\n", "" },
                { "ID=de\\\nbian\n", "debian", "" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct os_identity os;

                assert_int_equal(os_identity_parse(cases[i].text, strlen(cases[i].text), &os), ERR_OK);
                assert_string_equal(os.id, cases[i].id);
                assert_string_equal(os.image_id, cases[i].image_id);
        }
}

static void all_four_fields_are_read(void **state)
{
        static const char text[] =
                "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\nIMAGE_ID=reference\n"
                "IMAGE_VERSION=2024.1\nHOME_URL=\"https://www.debian.org/\"\n";
        struct os_identity os;

        assert_int_equal(os_identity_parse(text, strlen(text), &os), ERR_OK);
        assert_string_equal(os.id, "debian");
        assert_string_equal(os.version_id, "12");
        assert_string_equal(os.image_id, "reference");
        assert_string_equal(os.image_version, "2024.1");
}

static void text_ends_at_its_size_or_a_nul(void **state)
{
        struct os_identity os;

        assert_int_equal(os_identity_parse("ID=debian12", 9, &os), ERR_OK);
        assert_string_equal(os.id, "debian");
        assert_int_equal(os_identity_parse("ID=a\n\0ID=b\n", 11, &os), ERR_OK); /* padding of a PE section */
        assert_string_equal(os.id, "a");
}

static void too_long_field_is_refused_but_only_ours_count(void **state)
{
        struct os_identity os = { .id = "untouched" };
        char text[400] = "ID=";

        memset(text + 3, 'x', OS_FIELD_MAX - 1);
        assert_int_equal(os_identity_parse(text, strlen(text), &os), ERR_OK);
        assert_int_equal(strlen(os.id), OS_FIELD_MAX - 1);
        strcat(text, "x");
        memcpy(os.id, "untouched", 10);
        assert_int_equal(os_identity_parse(text, strlen(text), &os), ERR_TOO_LARGE);
        assert_string_equal(os.id, "untouched");
        text[0] = 'X';
        assert_int_equal(os_identity_parse(text, strlen(text), &os), ERR_OK);
        assert_string_equal(os.id, "linux");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(os_release_is_read_as_a_shell_would),
                cmocka_unit_test(all_four_fields_are_read),
                cmocka_unit_test(text_ends_at_its_size_or_a_nul),
                cmocka_unit_test(too_long_field_is_refused_but_only_ours_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
