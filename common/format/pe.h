/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the headers of a PE file (PE/COFF specification, revision 11): what every reader of one begins with. */
#ifndef CLEANSLATE_COMMON_PE_H
#define CLEANSLATE_COMMON_PE_H

#include "common/base/bytes.h"
#include "common/base/err.h"

#define PE_MACHINE_X86_64  0x8664
#define PE_MACHINE_AARCH64 0xaa64

/* One entry of the section table: offsets in bytes. */
#define PE_SECTION_HEADER_SIZE 40
#define PE_SECTION_MEMORY_SIZE 8
#define PE_SECTION_ADDRESS     12
#define PE_SECTION_FILE_SIZE   16
#define PE_SECTION_FILE_OFFSET 20

/* Views of the file. */
struct pe_headers {
        uint16_t machine;
        struct bytes optional; /* the optional header, whatever it is and however long */
        struct bytes sections; /* the table, of whole entries */
};

/* ERR_TRUNCATED; ERR_SYNTAX: no PE file. *ret is untouched then. */
enum err pe_headers_find(struct bytes file, struct pe_headers *ret);

#endif
