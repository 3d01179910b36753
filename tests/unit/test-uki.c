/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections of a unified kernel image are found where they are, and nothing outside of the image is ever pointed to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/format/uki.h"

#define PE_OFFSET     0x80
#define OPTIONAL_SIZE 240
#define TABLE_OFFSET  (PE_OFFSET + 24 + OPTIONAL_SIZE)
#define IMAGE_SIZE    4096

struct section {
        const char *name;
        uint32_t virtual_size, address, file_size, file_offset;
};

/* A PE file with nothing but headers and a section table; byte i of the rest is i % 251. */
static void build(uint8_t image[static IMAGE_SIZE], const struct section *sections, uint16_t count)
{
        for (size_t i = 0; i < IMAGE_SIZE; i++)
                image[i] = (uint8_t)(i % 251);
        memset(image, 0, 1024);
        memcpy(image, "MZ", 2);
        store_le32(image + 60, PE_OFFSET);
        memcpy(image + PE_OFFSET, "PE\0", 4);
        store_le16(image + PE_OFFSET + 4 + 2, count);
        store_le16(image + PE_OFFSET + 4 + 16, OPTIONAL_SIZE);
        for (size_t i = 0; i < count; i++) {
                uint8_t *header = image + TABLE_OFFSET + 40 * i;

                memcpy(header, sections[i].name, strlen(sections[i].name));
                store_le32(header + 8, sections[i].virtual_size);
                store_le32(header + 12, sections[i].address);
                store_le32(header + 16, sections[i].file_size);
                store_le32(header + 20, sections[i].file_offset);
        }
}

static const struct section good[] = {
        { ".text", 64, 2000, 64, 2000 }, { ".pcrpkey", 10, 3000, 512, 1024 }, { ".linux", 300, 2048, 512, 1536 },
        { ".osrel", 0, 3100, 0, 0 },     { ".cmdline", 5, 4091, 5, 4091 },    { ".cmdlinex", 5, 1, 5, 1 },
};

static void sections_are_found_in_memory_and_on_disk(void **state)
{
        uint8_t image[IMAGE_SIZE];
        struct uki uki;

        build(image, good, 5);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_OK);
        assert_ptr_equal(uki.sections[UKI_LINUX].data, image + 2048);
        assert_int_equal(uki.sections[UKI_LINUX].size, 300);
        assert_ptr_equal(uki.sections[UKI_PCRPKEY].data, image + 3000);
        assert_ptr_equal(uki.sections[UKI_CMDLINE].data, image + 4091);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_FILE, 0, &uki), ERR_OK);
        assert_ptr_equal(uki.sections[UKI_LINUX].data, image + 1536);
        assert_int_equal(uki.sections[UKI_LINUX].size, 300); /* the virtual size, without the file's padding */
        assert_ptr_equal(uki.sections[UKI_PCRPKEY].data, image + 1024);
        assert_int_equal(uki.sections[UKI_PCRPKEY].size, 10);
}

static void absent_and_empty_sections_are_null(void **state)
{
        uint8_t image[IMAGE_SIZE];
        struct uki uki;

        build(image, good, 5);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_OK);
        assert_null(uki.sections[UKI_OSREL].data); /* as systemd-stub, which does not measure it either */
        assert_null(uki.sections[UKI_INITRD].data);
        build(image, good, 0);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_OK);
        for (size_t i = 0; i < UKI_SECTION_COUNT; i++)
                assert_null(uki.sections[i].data);
}

static void section_outside_of_the_image_is_refused(void **state)
{
        static const struct section cases[] = {
                { ".linux", 1, IMAGE_SIZE, 1, IMAGE_SIZE },
                { ".linux", 2, IMAGE_SIZE - 1, 2, IMAGE_SIZE - 1 },
                { ".linux", UINT32_MAX, 1, UINT32_MAX, 1 },
                { ".linux", 1, UINT32_MAX, 1, UINT32_MAX },
                { ".linux", UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint8_t image[IMAGE_SIZE];
                struct uki uki = { .sections[0].size = 4711 };

                build(image, &cases[i], 1);
                assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_RANGE);
                assert_int_equal(uki_find_sections(image, sizeof(image), UKI_FILE, 0, &uki), ERR_RANGE);
                assert_int_equal(uki.sections[0].size, 4711); /* untouched */
        }
}

static void file_that_holds_less_than_the_section_is_refused(void **state)
{
        static const struct section section = { ".linux", 300, 2048, 299, 2048 };
        uint8_t image[IMAGE_SIZE];
        struct uki uki;

        build(image, &section, 1);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_FILE, 0, &uki), ERR_RANGE);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_OK);
}

static void section_of_ours_that_stands_twice_is_refused(void **state)
{
        static const struct section ours[] = { { ".cmdline", 5, 2000, 5, 2000 }, { ".cmdline", 6, 2048, 6, 2048 } };
        static const struct section empty_first[] = { { ".cmdline", 0, 0, 0, 0 }, { ".cmdline", 6, 2048, 6, 2048 } };
        static const struct section foreign[] = { { ".reloc", 5, 2000, 5, 2000 }, { ".reloc", 6, 2048, 6, 2048 } };
        uint8_t image[IMAGE_SIZE];
        struct uki uki;

        build(image, ours, 2);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_DUPLICATE);
        build(image, empty_first, 2);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_DUPLICATE);
        build(image, foreign, 2);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_OK);
}

static void a_profile_is_the_common_part_with_its_own_sections(void **state)
{
        static const struct section profiles[] = {
                { ".linux", 300, 2048, 300, 2048 }, { ".cmdline", 5, 2400, 5, 2400 }, { ".osrel", 4, 2500, 4, 2500 },
                { ".profile", 6, 2600, 6, 2600 },   { ".profile", 7, 2700, 7, 2700 }, { ".cmdline", 9, 2800, 9, 2800 },
                { ".osrel", 0, 2900, 0, 2900 },
        };
        uint8_t image[IMAGE_SIZE];
        struct uki uki;

        build(image, profiles, ARRAY_SIZE(profiles));
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_OK);
        assert_int_equal(uki.sections[UKI_PROFILE].size, 6);
        assert_int_equal(uki.sections[UKI_CMDLINE].size, 5);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 1, &uki), ERR_OK);
        assert_int_equal(uki.sections[UKI_PROFILE].size, 7);
        assert_int_equal(uki.sections[UKI_CMDLINE].size, 9);
        assert_int_equal(uki.sections[UKI_LINUX].size, 300);
        assert_int_equal(uki.sections[UKI_OSREL].size, 4); /* an empty section replaces nothing */
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 2, &uki), ERR_MISSING);
        build(image, good, 5);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 1, &uki), ERR_MISSING);
        assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, UINT_MAX, &uki), ERR_MISSING);
}

static void names_are_compared_in_full(void **state)
{
        static const struct section cases[] = { { ".linu", 5, 2000, 5, 2000 },
                                                { ".linux2", 5, 2000, 5, 2000 },
                                                { "linux", 5, 2000, 5, 2000 } };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint8_t image[IMAGE_SIZE];
                struct uki uki;

                build(image, &cases[i], 1);
                assert_int_equal(uki_find_sections(image, sizeof(image), UKI_LOADED, 0, &uki), ERR_OK);
                assert_null(uki.sections[UKI_LINUX].data);
        }
}

static void broken_headers_are_refused(void **state)
{
        static const struct {
                size_t offset, size; /* what is written over, and how much of the image there is */
                uint32_t value;
                enum err err;
        } cases[] = {
                { 0, IMAGE_SIZE, 0x5a4e, ERR_SYNTAX },
                { PE_OFFSET, IMAGE_SIZE, 0x00004550 + 1, ERR_SYNTAX },
                { PE_OFFSET, IMAGE_SIZE, 0x01004550, ERR_SYNTAX },
                { 60, IMAGE_SIZE, IMAGE_SIZE - 23, ERR_TRUNCATED },
                { 60, IMAGE_SIZE, UINT32_MAX, ERR_TRUNCATED },
                { 60, IMAGE_SIZE, UINT32_MAX - 20, ERR_TRUNCATED },
                { 60, 0, PE_OFFSET, ERR_TRUNCATED },
                { 60, 1, PE_OFFSET, ERR_TRUNCATED },
                { 60, 63, PE_OFFSET, ERR_TRUNCATED },
                { 60, PE_OFFSET + 23, PE_OFFSET, ERR_TRUNCATED },
                { 60, TABLE_OFFSET + 5 * 40 - 1, PE_OFFSET, ERR_TRUNCATED },
                { PE_OFFSET + 6, IMAGE_SIZE, 0xffff, ERR_TRUNCATED },  /* sections */
                { PE_OFFSET + 20, IMAGE_SIZE, 0xffff, ERR_TRUNCATED }, /* optional header */
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint8_t image[IMAGE_SIZE];
                struct uki uki;
                uint8_t *exact;

                build(image, good, 5);
                store_le32(image + cases[i].offset, cases[i].value);
                exact = malloc(cases[i].size); /* the sanitizer watches its end */
                memcpy(exact, image, cases[i].size);
                assert_int_equal(uki_find_sections(exact, cases[i].size, UKI_LOADED, 0, &uki), cases[i].err);
                free(exact);
        }
}

/* The order is what systemd-stub and systemd-measure extend PCR 11 in; images signed for it depend on it. */
static void measuring_order_is_systemds(void **state)
{
        static const char *const order[] = { ".linux", ".osrel", ".cmdline", ".initrd",  ".ucode",   ".splash", ".dtb",
                                             ".uname", ".sbat",  ".pcrsig",  ".pcrpkey", ".profile", ".clnslt", ".rootcrt" };

        assert_int_equal(ARRAY_SIZE(order), UKI_SECTION_COUNT);
        for (size_t i = 0; i < UKI_SECTION_COUNT; i++) {
                assert_string_equal(uki_section_name((enum uki_section)i), order[i]);
                assert_int_equal(uki_section_is_measured((enum uki_section)i),
                                 i != UKI_PCRSIG && i != UKI_CLNSLT && i != UKI_ROOTCRT);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sections_are_found_in_memory_and_on_disk),
                cmocka_unit_test(absent_and_empty_sections_are_null),
                cmocka_unit_test(section_outside_of_the_image_is_refused),
                cmocka_unit_test(file_that_holds_less_than_the_section_is_refused),
                cmocka_unit_test(section_of_ours_that_stands_twice_is_refused),
                cmocka_unit_test(a_profile_is_the_common_part_with_its_own_sections),
                cmocka_unit_test(names_are_compared_in_full),
                cmocka_unit_test(broken_headers_are_refused),
                cmocka_unit_test(measuring_order_is_systemds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
