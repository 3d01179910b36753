/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel as a PE file; see kernel-image.h. */
#include "common/boot/kernel-image.h"
#include "common/base/memory.h"
#include "common/format/pe.h"

/* Optional header (PE32+), its directories. */
#define OPTIONAL_MAGIC      0x20b
#define OPTIONAL_ENTRY      16
#define OPTIONAL_ALIGNMENT  32
#define OPTIONAL_VERSION    44 /* MajorImageVersion */
#define OPTIONAL_IMAGE_SIZE 56
#define OPTIONAL_HEADERS    60
#define OPTIONAL_FLAGS      70 /* DllCharacteristics */
#define OPTIONAL_COUNT      108
#define OPTIONAL_TABLES     112
#define TABLE_RELOCATIONS   5
#define TABLE_SIZE          8
#define FLAG_NX_COMPAT      0x0100

#define SECTION_RELOCATIONS 24
#define SECTION_FLAGS       36
#define SECTION_CODE        0x00000020
#define SECTION_EXECUTE     0x20000000

#define ALIGNMENT_MAX (UINT32_C(2) << 20)

static bool has_relocation_table(struct bytes optional)
{
        size_t at = OPTIONAL_TABLES + TABLE_RELOCATIONS * TABLE_SIZE;

        return load_le32(optional.data + OPTIONAL_COUNT) > TABLE_RELOCATIONS && range_fits(optional.size, at, TABLE_SIZE) &&
               load_le32(optional.data + at + 4) != 0;
}

/* One that is none, or larger than any processor asks for, is a page, as systemd-stub has it. */
static size_t alignment_of(uint32_t told)
{
        bool is_one = told >= KERNEL_PAGE && told <= ALIGNMENT_MAX && (told & (told - 1)) == 0;

        return is_one ? told : KERNEL_PAGE;
}

static enum err read_headers(struct bytes file, struct kernel_image *ret)
{
        struct pe_headers pe;
        struct bytes optional;
        uint32_t alignment, headers;
        enum err err = pe_headers_find(file, &pe);

        if (err != ERR_OK)
                return err;
        optional = pe.optional;
        if (optional.size < OPTIONAL_TABLES || load_le16(optional.data) != OPTIONAL_MAGIC)
                return ERR_SYNTAX;
        ret->machine = pe.machine;
        ret->sections = pe.sections;
        alignment = load_le32(optional.data + OPTIONAL_ALIGNMENT);
        headers = load_le32(optional.data + OPTIONAL_HEADERS);
        ret->version = load_le16(optional.data + OPTIONAL_VERSION);
        ret->entry = load_le32(optional.data + OPTIONAL_ENTRY);
        ret->memory_size = load_le32(optional.data + OPTIONAL_IMAGE_SIZE);
        ret->alignment = alignment_of(alignment);
        ret->nx_compat = (load_le16(optional.data + OPTIONAL_FLAGS) & FLAG_NX_COMPAT) != 0 && alignment == ret->alignment;
        ret->has_relocations = has_relocation_table(optional);
        if (ret->memory_size == 0 || ret->memory_size > KERNEL_MEMORY_MAX || ret->entry >= ret->memory_size ||
            headers > file.size || headers > ret->memory_size)
                return ERR_RANGE;
        ret->file = file;
        ret->headers = (struct bytes){ file.data, headers };
        return ERR_OK;
}

static bool read_section(const struct kernel_image *image, const uint8_t *header, struct kernel_section *ret)
{
        size_t offset = load_le32(header + PE_SECTION_FILE_OFFSET), size = load_le32(header + PE_SECTION_FILE_SIZE);

        ret->address = load_le32(header + PE_SECTION_ADDRESS);
        ret->size = load_le32(header + PE_SECTION_MEMORY_SIZE);
        ret->executable = (load_le32(header + SECTION_FLAGS) & (SECTION_CODE | SECTION_EXECUTE)) != 0;
        if (size > ret->size)
                size = ret->size; /* the file's is padded */
        ret->content = (struct bytes){ size > 0 ? image->file.data + offset : NULL, size };
        return range_fits(image->memory_size, ret->address, ret->size) &&
               (size == 0 || range_fits(image->file.size, offset, size));
}

bool kernel_image_section(const struct kernel_image *image, size_t number, struct kernel_section *ret)
{
        return number < image->sections.size / PE_SECTION_HEADER_SIZE &&
               read_section(image, image->sections.data + number * PE_SECTION_HEADER_SIZE, ret);
}

enum err kernel_image_read(struct bytes file, struct kernel_image *ret)
{
        struct kernel_image image = { 0 };
        bool pages = true, is_code = false;
        enum err err = read_headers(file, &image);

        for (size_t at = 0; err == ERR_OK && at < image.sections.size; at += PE_SECTION_HEADER_SIZE) {
                struct kernel_section section;

                if (!read_section(&image, image.sections.data + at, &section))
                        return ERR_RANGE;
                if (load_le32(image.sections.data + at + SECTION_RELOCATIONS) != 0)
                        image.has_relocations = true;
                pages = pages && section.address % KERNEL_PAGE == 0;
                is_code = is_code ||
                          (section.executable && image.entry >= section.address && image.entry - section.address < section.size);
        }
        if (err != ERR_OK)
                return err;
        if (!is_code)
                return ERR_RANGE;
        image.nx_compat = image.nx_compat && pages;
        *ret = image;
        return ERR_OK;
}
