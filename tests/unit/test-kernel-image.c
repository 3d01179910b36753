/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel as a PE file: what is read of a good one, and that nothing outside of file or memory is ever named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/boot/kernel-image.h"
#include "common/format/pe.h"

#define PE       0x40
#define OPTIONAL (PE + 24)
#define TABLE    (OPTIONAL + 160)
#define SECOND   (TABLE + 40)
#define SIZE     0x3000

static uint8_t *good(void)
{
        uint8_t *file = calloc(1, SIZE);

        assert_non_null(file);
        memcpy(file, "MZ", 2);
        store_le32(file + 60, PE);
        memcpy(file + PE, "PE\0", 4);
        store_le16(file + PE + 4, PE_MACHINE_X86_64);
        store_le16(file + PE + 6, 2);
        store_le16(file + PE + 20, 160);
        store_le16(file + OPTIONAL, 0x20b);
        store_le32(file + OPTIONAL + 16, 0x1010);
        store_le32(file + OPTIONAL + 32, 0x1000);
        store_le16(file + OPTIONAL + 44, 3);
        store_le32(file + OPTIONAL + 56, 0x5000);
        store_le32(file + OPTIONAL + 60, 0x1000);
        store_le16(file + OPTIONAL + 70, 0x100);
        store_le32(file + OPTIONAL + 108, 6);
        store_le32(file + TABLE + 8, 0xf00);
        store_le32(file + TABLE + 12, 0x1000);
        store_le32(file + TABLE + 16, 0x1000);
        store_le32(file + TABLE + 20, 0x1000);
        store_le32(file + TABLE + 36, 0x60000020);
        store_le32(file + SECOND + 8, 0x3000);
        store_le32(file + SECOND + 12, 0x2000);
        store_le32(file + SECOND + 16, 0x800);
        store_le32(file + SECOND + 20, 0x2000);
        store_le32(file + SECOND + 36, 0xc0000040);
        return file;
}

static void good_one_is_read(void **state)
{
        uint8_t *file = good();
        struct kernel_image image;
        struct kernel_section section;

        assert_int_equal(kernel_image_read((struct bytes){ file, SIZE }, &image), ERR_OK);
        assert_int_equal(image.machine, PE_MACHINE_X86_64);
        assert_int_equal(image.version, 3);
        assert_int_equal(image.entry, 0x1010);
        assert_int_equal(image.memory_size, 0x5000);
        assert_int_equal(image.alignment, 0x1000);
        assert_true(image.nx_compat && !image.has_relocations);
        assert_true(image.headers.data == file && image.headers.size == 0x1000);
        assert_true(kernel_image_section(&image, 0, &section));
        assert_int_equal(section.address, 0x1000);
        assert_true(section.content.data == file + 0x1000 && section.content.size == 0xf00 && section.executable);
        assert_true(kernel_image_section(&image, 1, &section));
        assert_int_equal(section.size, 0x3000);
        assert_true(section.content.data == file + 0x2000 && section.content.size == 0x800 && !section.executable);
        assert_false(kernel_image_section(&image, 2, &section));
        free(file);
}

static const struct {
        const char *what;
        size_t at, size; /* of the number that is written over */
        uint32_t value;
        enum err err;
} faults[] = {
        { "no MZ", 0, 2, 0, ERR_SYNTAX },
        { "no PE", PE, 4, 0, ERR_SYNTAX },
        { "PE behind the end", 60, 4, SIZE - 23, ERR_TRUNCATED },
        { "PE far behind the end", 60, 4, UINT32_MAX, ERR_TRUNCATED },
        { "32 bits", OPTIONAL, 2, 0x10b, ERR_SYNTAX },
        { "short optional header", PE + 20, 2, 111, ERR_SYNTAX },
        { "sections behind the end", PE + 6, 2, 0xffff, ERR_TRUNCATED },
        { "no memory", OPTIONAL + 56, 4, 0, ERR_RANGE },
        { "a gigabyte and a byte", OPTIONAL + 56, 4, KERNEL_MEMORY_MAX + 1, ERR_RANGE },
        { "entry behind the end", OPTIONAL + 16, 4, 0x5000, ERR_RANGE },
        { "entry in data", OPTIONAL + 16, 4, 0x2000, ERR_RANGE },
        { "entry behind the code", OPTIONAL + 16, 4, 0x1f00, ERR_RANGE },
        { "entry in the headers", OPTIONAL + 16, 4, 0xfff, ERR_RANGE },
        { "headers longer than the file", OPTIONAL + 60, 4, SIZE + 1, ERR_RANGE },
        { "code that is no code", TABLE + 36, 4, 0x40000040, ERR_RANGE },
        { "section beyond the memory", SECOND + 8, 4, 0x3001, ERR_RANGE },
        { "section far beyond the memory", SECOND + 12, 4, UINT32_MAX, ERR_RANGE },
        { "content beyond the file", SECOND + 20, 4, SIZE - 0x7ff, ERR_RANGE },
        { "content far beyond the file", SECOND + 20, 4, UINT32_MAX, ERR_RANGE },
        { "more content than file", SECOND + 16, 4, 0x1001, ERR_RANGE },
};

static void store(uint8_t *at, size_t size, uint32_t value)
{
        if (size == 2)
                store_le16(at, (uint16_t)value);
        else
                store_le32(at, value);
}

static void what_lies_outside_is_refused(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                uint8_t *file = good();
                struct kernel_image image;
                enum err err;

                store(file + faults[i].at, faults[i].size, faults[i].value);
                err = kernel_image_read((struct bytes){ file, SIZE }, &image);
                if (err != faults[i].err)
                        fail_msg("%s: %s", faults[i].what, err_name(err));
                free(file);
        }
}

/* Each in memory of its own size, for the sanitizer. */
static void every_shorter_file_is_refused(void **state)
{
        for (size_t size = 0; size < 0x2800; size += size < 0x200 ? 1 : 0x80) {
                uint8_t *file = good(), *copy = malloc(size + 1);
                struct kernel_image image;

                memcpy(copy, file, size);
                assert_int_not_equal(kernel_image_read((struct bytes){ copy, size }, &image), ERR_OK);
                free(copy);
                free(file);
        }
}

static const struct {
        const char *what;
        size_t at, size;
        uint32_t value;
        size_t alignment;
        bool nx_compat, has_relocations;
} kinds[] = {
        { "as it is", 0, 2, 0x5a4d, 0x1000, true, false },
        { "does not say that it runs without", OPTIONAL + 70, 2, 0, 0x1000, false, false },
        { "sections that are no pages", TABLE + 12, 4, 0x1008, 0x1000, false, false },
        { "aligned to 64 KiB", OPTIONAL + 32, 4, 0x10000, 0x10000, true, false },
        { "aligned to 32 bytes", OPTIONAL + 32, 4, 32, 0x1000, false, false },
        { "aligned to nonsense", OPTIONAL + 32, 4, 0x3000, 0x1000, false, false },
        { "aligned to 4 MiB", OPTIONAL + 32, 4, 0x400000, 0x1000, false, false },
        { "relocations", OPTIONAL + 112 + 5 * 8 + 4, 4, 12, 0x1000, true, true },
        { "relocations of a section", SECOND + 24, 4, 0x2000, 0x1000, true, true },
};

static void kinds_of_kernels_are_told_apart(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                uint8_t *file = good();
                struct kernel_image image;

                store(file + kinds[i].at, kinds[i].size, kinds[i].value);
                if (kernel_image_read((struct bytes){ file, SIZE }, &image) != ERR_OK || image.alignment != kinds[i].alignment ||
                    image.nx_compat != kinds[i].nx_compat || image.has_relocations != kinds[i].has_relocations)
                        fail_msg("%s", kinds[i].what);
                free(file);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(good_one_is_read),
                cmocka_unit_test(what_lies_outside_is_refused),
                cmocka_unit_test(every_shorter_file_is_refused),
                cmocka_unit_test(kinds_of_kernels_are_told_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
