/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the sections of a unified kernel image; see uki.h. Offsets are those of the PE/COFF specification, revision 11. */
#include "common/format/uki.h"
#include "common/base/memory.h"
#include "common/format/pe.h"

#define SECTION_NAME_SIZE 8

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
        size_t length = load_le32(header + PE_SECTION_MEMORY_SIZE);
        size_t offset = load_le32(header + (layout == UKI_LOADED ? PE_SECTION_ADDRESS : PE_SECTION_FILE_OFFSET));

        if (length == 0)
                return ERR_OK;
        if (!range_fits(size, offset, length))
                return ERR_RANGE;
        if (layout == UKI_FILE && length > load_le32(header + PE_SECTION_FILE_SIZE))
                return ERR_RANGE; /* the rest would be zeros that the file does not hold */
        *ret = (struct bytes){ image + offset, length };
        return ERR_OK;
}

enum err uki_find_sections(const void *image, size_t size, enum uki_layout layout, unsigned profile, struct uki *ret)
{
        struct pe_headers headers;
        struct uki uki = { 0 };
        int seen_in[UKI_SECTION_COUNT]; /* the profile that it was last seen in */
        int current = COMMON_PART;      /* at most 0xffff: the table has no more entries */
        enum err err = pe_headers_find((struct bytes){ image, size }, &headers);

        if (err != ERR_OK)
                return err;
        for (size_t i = 0; i < UKI_SECTION_COUNT; i++)
                seen_in[i] = NOWHERE;
        for (size_t at = 0; at < headers.sections.size; at += PE_SECTION_HEADER_SIZE) {
                enum uki_section section = section_by_name(headers.sections.data + at);

                if (section == UKI_SECTION_COUNT)
                        continue;
                if (section == UKI_PROFILE)
                        current++;
                if (seen_in[section] == current)
                        return ERR_DUPLICATE;
                seen_in[section] = current;
                if (current != COMMON_PART && (unsigned)current != profile)
                        continue;
                err = view_section(image, size, layout, headers.sections.data + at, &uki.sections[section]);
                if (err != ERR_OK)
                        return err;
        }
        if (profile > 0 && (current < 0 || (unsigned)current < profile))
                return ERR_MISSING;
        *ret = uki;
        return ERR_OK;
}
