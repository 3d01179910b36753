/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What firmware tells about a file is taken for what it is, and no name leads out of its directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf16.h"
#include "common/format/file-info.h"

#define HEAD 80

/* On the heap, so that the sanitizer watches its end. `units`: of the name, the NUL included. */
static uint8_t *make_info(const char *name, uint64_t size, uint64_t attribute, size_t *ret_size)
{
        uint8_t buffer[1024] = { 0 }, *copy;
        struct writer writer = writer_over(buffer + HEAD, sizeof(buffer) - HEAD);

        utf16_from_utf8(name, strlen(name), &writer);
        assert_false(writer.overflow);
        store_le64(buffer, HEAD + writer.size);
        store_le64(buffer + 8, size);
        store_le64(buffer + 72, attribute);
        *ret_size = HEAD + writer.size;
        copy = malloc(*ret_size);
        memcpy(copy, buffer, *ret_size);
        return copy;
}

static enum err parse(const char *name, struct file_info *ret)
{
        size_t size;
        uint8_t *info = make_info(name, 4711, 0x20, &size);
        enum err err = file_info_parse(info, size, ret);

        free(info);
        return err;
}

static void file_and_directory_are_told_apart(void **state)
{
        static const struct {
                uint64_t attribute;
                bool directory;
        } cases[] = { { 0x20, false }, { 0x10, true }, { 0x37, true }, { 0, false } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct file_info file = { 0 }, nameless = { 0 };
                size_t size;
                uint8_t *info = make_info("Owner 1.cred", UINT64_C(0x123456789), cases[i].attribute, &size);

                assert_int_equal(file_info_parse(info, size, &file), ERR_OK);
                assert_string_equal(file.name, "Owner 1.cred");
                assert_true(file.size_bytes == UINT64_C(0x123456789));
                assert_int_equal(file.directory, cases[i].directory);
                assert_int_equal(file_info_parse_nameless(info, size, &nameless), ERR_OK);
                assert_int_equal(nameless.directory, cases[i].directory);
                assert_true(nameless.size_bytes == UINT64_C(0x123456789));
                assert_string_equal(nameless.name, "");
                free(info);
        }
}

static void names_that_could_lead_elsewhere_are_refused(void **state)
{
        static const char *const names[] = { "",     ".",      "..",           "a/b.cred", "a\\b.cred", "../../etc/passwd.cred",
                                             "\x1f", "a\x7f.", "na\303\257ve", "\n.cred" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct file_info file = { .name = "untouched" };

                assert_int_equal(parse(names[i], &file), ERR_ENCODING);
                assert_string_equal(file.name, "untouched");
        }
}

static void longest_name_is_that_of_linux(void **state)
{
        struct file_info file = { 0 };
        char name[FILE_NAME_MAX + 1];

        memset(name, 'a', sizeof(name));
        name[FILE_NAME_MAX - 1] = '\0';
        assert_int_equal(parse(name, &file), ERR_OK);
        assert_int_equal(strlen(file.name), 255);
        name[FILE_NAME_MAX - 1] = 'a';
        name[FILE_NAME_MAX] = '\0';
        assert_int_equal(parse(name, &file), ERR_TOO_LARGE);
}

static void what_is_not_whole_is_refused(void **state)
{
        struct file_info file = { 0 };
        size_t size;
        uint8_t *info = make_info("a.cred", 1, 0, &size);

        for (size_t cut = 0; cut < size; cut++) {
                uint8_t *copy = malloc(cut + 1);

                memcpy(copy, info, cut);
                assert_int_equal(file_info_parse(copy, cut, &file), ERR_TRUNCATED);
                assert_int_equal(file_info_parse_nameless(copy, cut, &file), cut < HEAD ? ERR_TRUNCATED : ERR_OK);
                free(copy);
        }
        free(info);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(file_and_directory_are_told_apart),
                cmocka_unit_test(names_that_could_lead_elsewhere_are_refused),
                cmocka_unit_test(longest_name_is_that_of_linux),
                cmocka_unit_test(what_is_not_whole_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
