/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the sections of a unified kernel image; see uki.h. Offsets are those of the PE/COFF specification, revision 11. */
#include "common/format/uki.h"
#include "common/base/memory.h"

/* DOS header: "MZ", and where the PE signature is. */
#define DOS_HEADER_SIZE   64
#define DOS_PE_OFFSET     60
#define PE_SIGNATURE_SIZE 4
/* COFF file header, behind the PE signature. */
#define COFF_HEADER_SIZE   20
#define COFF_SECTION_COUNT 2
#define COFF_OPTIONAL_SIZE 16
/* One entry of the section table, behind the optional header. */
#define SECTION_HEADER_SIZE  40
#define SECTION_NAME_SIZE    8
#define SECTION_VIRTUAL_SIZE 8
#define SECTION_ADDRESS      12
#define SECTION_FILE_SIZE    16
#define SECTION_FILE_OFFSET  20

/* Where a section stands: in a profile, counted from 0, or in front of them all. */
#define COMMON_PART (-1)
#define NOWHERE     (-2)

static const char *const names[UKI_SECTION_COUNT] = {
        [UKI_LINUX] = ".linux",   [UKI_OSREL] = ".osrel",     [UKI_CMDLINE] = ".cmdline", [UKI_INITRD] = ".initrd",
        [UKI_UCODE] = ".ucode",   [UKI_SPLASH] = ".splash",   [UKI_DTB] = ".dtb",         [UKI_UNAME] = ".uname",
        [UKI_SBAT] = ".sbat",     [UKI_PCRSIG] = ".pcrsig",   [UKI_PCRPKEY] = ".pcrpkey", [UKI_PROFILE] = ".profile",
        [UKI_CLNSLT] = ".clnslt", [UKI_ROOTCRT] = ".rootcrt",
};

const char *uki_section_name(enum uki_section section)
{
        return (unsigned)section < UKI_SECTION_COUNT ? names[section] : "";
}

bool uki_section_is_measured(enum uki_section section)
{
        return section != UKI_PCRSIG && section != UKI_CLNSLT && section != UKI_ROOTCRT;
}

/* The section table as a view of whole entries. */
static enum err find_section_table(const uint8_t *image, size_t size, struct bytes *ret)
{
        size_t pe, coff, table;

        if (size < DOS_HEADER_SIZE)
                return ERR_TRUNCATED;
        if (memcmp(image, "MZ", 2) != 0)
                return ERR_SYNTAX;
        pe = load_le32(image + DOS_PE_OFFSET);
        if (!range_fits(size, pe, PE_SIGNATURE_SIZE + COFF_HEADER_SIZE))
                return ERR_TRUNCATED;
        if (memcmp(image + pe, "PE\0", PE_SIGNATURE_SIZE) != 0)
                return ERR_SYNTAX;
        coff = pe + PE_SIGNATURE_SIZE;
        table = coff + COFF_HEADER_SIZE + load_le16(image + coff + COFF_OPTIONAL_SIZE);
        *ret = (struct bytes){ .size = (size_t)load_le16(image + coff + COFF_SECTION_COUNT) * SECTION_HEADER_SIZE };
        if (!range_fits(size, table, ret->size))
                return ERR_TRUNCATED;
        ret->data = image + table;
        return ERR_OK;
}

static enum uki_section section_by_name(const uint8_t *header)
{
        for (size_t section = 0; section < UKI_SECTION_COUNT; section++) {
                uint8_t padded[SECTION_NAME_SIZE] = { 0 };

                memcpy(padded, names[section], text_length(names[section]));
                if (memcmp(header, padded, sizeof(padded)) == 0)
                        return (enum uki_section)section;
        }
        return UKI_SECTION_COUNT;
}

/* An empty section is as good as none: systemd-stub neither uses nor measures it. */
static enum err view_section(const uint8_t *image, size_t size, enum uki_layout layout, const uint8_t *header, struct bytes *ret)
{
        size_t length = load_le32(header + SECTION_VIRTUAL_SIZE);
        size_t offset = load_le32(header + (layout == UKI_LOADED ? SECTION_ADDRESS : SECTION_FILE_OFFSET));

        if (length == 0)
                return ERR_OK;
        if (!range_fits(size, offset, length))
                return ERR_RANGE;
        if (layout == UKI_FILE && length > load_le32(header + SECTION_FILE_SIZE))
                return ERR_RANGE; /* the rest would be zeros that the file does not hold */
        *ret = (struct bytes){ image + offset, length };
        return ERR_OK;
}

enum err uki_find_sections(const void *image, size_t size, enum uki_layout layout, unsigned profile, struct uki *ret)
{
        struct bytes table;
        struct uki uki = { 0 };
        int seen_in[UKI_SECTION_COUNT]; /* the profile that it was last seen in */
        int current = COMMON_PART;      /* at most 0xffff: the table has no more entries */
        enum err err = find_section_table(image, size, &table);

        if (err != ERR_OK)
                return err;
        for (size_t i = 0; i < UKI_SECTION_COUNT; i++)
                seen_in[i] = NOWHERE;
        for (size_t at = 0; at < table.size; at += SECTION_HEADER_SIZE) {
                enum uki_section section = section_by_name(table.data + at);

                if (section == UKI_SECTION_COUNT)
                        continue;
                if (section == UKI_PROFILE)
                        current++;
                if (seen_in[section] == current)
                        return ERR_DUPLICATE;
                seen_in[section] = current;
                if (current != COMMON_PART && (unsigned)current != profile)
                        continue;
                err = view_section(image, size, layout, table.data + at, &uki.sections[section]);
                if (err != ERR_OK)
                        return err;
        }
        if (profile > 0 && (current < 0 || (unsigned)current < profile))
                return ERR_MISSING;
        *ret = uki;
        return ERR_OK;
}
