/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the headers of a PE file; see pe.h. */
#include "common/format/pe.h"
#include "common/base/memory.h"

/* DOS header: "MZ", and where the PE signature is. */
#define DOS_HEADER_SIZE   64
#define DOS_PE_OFFSET     60
#define PE_SIGNATURE_SIZE 4
/* COFF file header, behind the PE signature. */
#define COFF_HEADER_SIZE   20
#define COFF_SECTION_COUNT 2
#define COFF_OPTIONAL_SIZE 16

enum err pe_headers_find(struct bytes file, struct pe_headers *ret)
{
        const uint8_t *coff;
        size_t pe, optional, optional_size, table_size;

        if (file.size < DOS_HEADER_SIZE)
                return ERR_TRUNCATED;
        if (memcmp(file.data, "MZ", 2) != 0)
                return ERR_SYNTAX;
        pe = load_le32(file.data + DOS_PE_OFFSET);
        if (!range_fits(file.size, pe, PE_SIGNATURE_SIZE + COFF_HEADER_SIZE))
                return ERR_TRUNCATED;
        if (memcmp(file.data + pe, "PE\0", PE_SIGNATURE_SIZE) != 0)
                return ERR_SYNTAX;
        coff = file.data + pe + PE_SIGNATURE_SIZE;
        optional = pe + PE_SIGNATURE_SIZE + COFF_HEADER_SIZE;
        optional_size = load_le16(coff + COFF_OPTIONAL_SIZE);
        table_size = (size_t)load_le16(coff + COFF_SECTION_COUNT) * PE_SECTION_HEADER_SIZE;
        if (!range_fits(file.size, optional, optional_size + table_size))
                return ERR_TRUNCATED;
        *ret = (struct pe_headers){ .machine = load_le16(coff),
                                    .optional = { file.data + optional, optional_size },
                                    .sections = { file.data + optional + optional_size, table_size } };
        return ERR_OK;
}
