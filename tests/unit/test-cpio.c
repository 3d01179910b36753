/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive is one that cpio(1)'s readers, the kernel's among them, take: layout, padding and bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/format/cpio.h"

static struct bytes text_bytes(const char *text)
{
        return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

/* magic, inode, mode, uid, gid, links, mtime, size, four device numbers, size of the name, checksum */
#define ZERO                                 "00000000"
#define HEADER(inode, mode, size, name_size) "070701" inode mode ZERO ZERO "00000001" ZERO size ZERO ZERO ZERO ZERO name_size ZERO

static void archive_has_the_newc_layout(void **state)
{
        static const char directory[] = HEADER("00000007", "000041ed", "00000000", "00000007") ".extra\0\0\0";
        static const char file[] = HEADER("00000008", "00008124", "00000005", "00000009") ".extra/a\0\0hello\0\0";
        static const char trailer[] = HEADER("00000000", "00000000", "00000000", "0000000B") "TRAILER!!!\0\0\0";
        uint8_t buffer[1024];
        struct writer writer = writer_over(buffer, sizeof(buffer));
        uint32_t inode = 7;

        cpio_directory(&writer, &inode, ".extra", 0755);
        cpio_file(&writer, &inode, ".extra/a", 0444, text_bytes("hello"));
        cpio_trailer(&writer);
        assert_false(writer.overflow);
        assert_int_equal(inode, 9);
        /* each literal's own NUL is the last byte of its padding */
        assert_int_equal(writer.size, sizeof(directory) + sizeof(file) + sizeof(trailer));
        assert_memory_equal(buffer, directory, sizeof(directory));
        assert_memory_equal(buffer + sizeof(directory), file, sizeof(file));
        assert_memory_equal(buffer + sizeof(directory) + sizeof(file), trailer, sizeof(trailer));
}

static void every_entry_starts_at_a_multiple_of_four_and_within_its_bound(void **state)
{
        static const char name[] = "abcdefgh", content[] = "12345678";

        for (size_t name_length = 1; name_length <= 8; name_length++)
                for (size_t content_length = 0; content_length <= 8; content_length++) {
                        uint8_t buffer[256];
                        struct writer writer = writer_over(buffer, sizeof(buffer));
                        uint32_t inode = 1;
                        const char *path = name + 8 - name_length;

                        cpio_file(&writer, &inode, path, 0444, (struct bytes){ (const uint8_t *)content, content_length });
                        assert_int_equal(writer.size % 4, 0);
                        assert_in_range(writer.size, 110 + name_length + 1 + content_length,
                                        cpio_entry_size_max(path, content_length));
                }
}

static void mode_cannot_change_the_type(void **state)
{
        uint8_t buffer[256];
        struct writer writer = writer_over(buffer, sizeof(buffer));
        uint32_t inode = 1;

        cpio_file(&writer, &inode, "a", 0120777, (struct bytes){ 0 }); /* a symbolic link's type */
        assert_memory_equal(buffer + 14, "000081ff", 8);
}

static void too_small_buffer_shows_as_overflow(void **state)
{
        uint8_t buffer[256];
        uint32_t inode = 1;
        size_t needed;
        struct writer writer = writer_over(buffer, sizeof(buffer));

        cpio_file(&writer, &inode, "a", 0444, text_bytes("hello"));
        needed = writer.size;
        writer = writer_over(buffer, needed);
        cpio_file(&writer, &inode, "a", 0444, text_bytes("hello"));
        assert_false(writer.overflow);
        writer = writer_over(buffer, needed - 1);
        cpio_file(&writer, &inode, "a", 0444, text_bytes("hello"));
        assert_true(writer.overflow);
}

static void file_that_the_format_cannot_hold_shows_as_overflow(void **state)
{
        uint8_t buffer[256];
        struct writer writer = writer_over(buffer, sizeof(buffer));
        uint32_t inode = 1;

        cpio_file(&writer, &inode, "a", 0444, (struct bytes){ buffer, (size_t)UINT32_MAX + 1 });
        assert_true(writer.overflow);
        assert_int_equal(writer.size, 0);
        assert_true(cpio_entry_size_max("a", SIZE_MAX - 10) == SIZE_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(archive_has_the_newc_layout),
                cmocka_unit_test(every_entry_starts_at_a_multiple_of_four_and_within_its_bound),
                cmocka_unit_test(mode_cannot_change_the_type),
                cmocka_unit_test(too_small_buffer_shows_as_overflow),
                cmocka_unit_test(file_that_the_format_cannot_hold_shows_as_overflow),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
