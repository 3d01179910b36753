/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the factory manifest: their bytes are a contract between builder and device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/rebuild/manifest.h"

static const uint8_t digest[SHA256_SIZE] = { 0xe3, 0xb0, 0xc4, 0x42, [31] = 0x55 };

#define DIGEST_TEXT "e3b0c44200000000000000000000000000000000000000000000000000000055"

static void assert_line(const struct manifest_entry *entry, const char *expected)
{
        char line[1024];
        struct writer writer = writer_over(line, sizeof(line));

        manifest_line(&writer, entry);
        assert_false(writer.overflow);
        assert_string_equal(line, expected);
}

static void each_type_has_its_line(void **state)
{
        assert_line(&(struct manifest_entry){ .path = "/etc/hostname",
                                              .type = 'f',
                                              .mode = 0644,
                                              .uid = 1,
                                              .gid = 22,
                                              .size = 9,
                                              .mtime = 1700000000,
                                              .sha256 = digest },
                    "f 0644 1 22 9 1700000000 " DIGEST_TEXT " /etc/hostname\n");
        assert_line(&(struct manifest_entry){ .path = "/etc", .type = 'd', .mode = 0755, .size = 4096 },
                    "d 0755 0 0 0 0 - /etc\n");
        assert_line(
                &(struct manifest_entry){
                        .path = "/etc/mtab", .type = 'l', .mode = 0777, .size = 19, .target = "../proc/self/mounts" },
                "l 0777 0 0 0 0 - /etc/mtab -> ../proc/self/mounts\n");
        assert_line(&(struct manifest_entry){ .path = "/var/p", .type = 'p', .mode = 0600 }, "p 0600 0 0 0 0 - /var/p\n");
        assert_line(&(struct manifest_entry){ .path = "/var/s", .type = 's', .mode = 0600 }, "s 0600 0 0 0 0 - /var/s\n");
        assert_line(&(struct manifest_entry){ .path = "/var/c", .type = 'c', .mode = 0600, .device = UINT64_C(5) << 32 | 1 },
                    "c 0600 0 0 0 0 5:1 /var/c\n");
        assert_line(
                &(struct manifest_entry){ .path = "/var/b", .type = 'b', .mode = 0600, .device = UINT64_C(259) << 32 | 1048575 },
                "b 0600 0 0 0 0 259:1048575 /var/b\n");
}

static void extreme_numbers_are_written_in_full(void **state)
{
        assert_line(&(struct manifest_entry){ .path = "/a",
                                              .type = 'f',
                                              .mode = 07777,
                                              .uid = UINT32_MAX,
                                              .gid = UINT32_MAX,
                                              .size = UINT64_MAX,
                                              .mtime = INT64_MIN,
                                              .sha256 = digest },
                    "f 7777 4294967295 4294967295 18446744073709551615 -9223372036854775808 " DIGEST_TEXT " /a\n");
        assert_line(&(struct manifest_entry){ .path = "/a", .type = 'd', .mode = 0100001, .mtime = -1 },
                    "d 0001 0 0 0 -1 - /a\n");
}

static void no_name_can_forge_a_field_or_a_line(void **state)
{
        assert_line(&(struct manifest_entry){ .path = "/a b\n\\x\x7f\x1f", .type = 'l', .mode = 0777, .target = "t -> u\tv" },
                    "l 0777 0 0 0 0 - /a\\x20b\\x0a\\x5cx\\x7f\\x1f -> t\\x20->\\x20u\\x09v\n");
        assert_line(&(struct manifest_entry){ .path = "/\xc3\xbc\xff!", .type = 'd', .mode = 0 },
                    "d 0000 0 0 0 0 - /\xc3\xbc\xff!\n");
}

static void extended_attributes_follow_in_order(void **state)
{
        static const uint8_t value[] = { 0x01, 0x00, 0xfe };
        const struct manifest_xattr xattrs[] = {
                { "security.capability", { value, sizeof(value) } },
                { "user.a b", { value, 0 } },
        };

        assert_line(&(struct manifest_entry){ .path = "/x", .type = 'd', .mode = 0700, .xattrs = xattrs, .xattr_count = 2 },
                    "d 0700 0 0 0 0 - /x xattr security.capability=0100fe xattr user.a\\x20b=\n");
        assert_line(
                &(struct manifest_entry){
                        .path = "/x", .type = 'l', .mode = 0777, .target = "y", .xattrs = xattrs, .xattr_count = 1 },
                "l 0777 0 0 0 0 - /x -> y xattr security.capability=0100fe\n");
}

static void lines_are_appended_and_a_full_buffer_is_noticed(void **state)
{
        const struct manifest_entry entry = { .path = "/x", .type = 'd', .mode = 0700 };
        char text[64];
        struct writer writer = writer_over(text, sizeof(text));

        manifest_line(&writer, &entry);
        manifest_line(&writer, &entry);
        assert_string_equal(text, "d 0700 0 0 0 0 - /x\nd 0700 0 0 0 0 - /x\n");
        writer = writer_over(text, 20);
        manifest_line(&writer, &entry);
        assert_true(writer.overflow);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_type_has_its_line),
                cmocka_unit_test(extreme_numbers_are_written_in_full),
                cmocka_unit_test(no_name_can_forge_a_field_or_a_line),
                cmocka_unit_test(extended_attributes_follow_in_order),
                cmocka_unit_test(lines_are_appended_and_a_full_buffer_is_noticed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
