/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads SMBIOS (DMTF DSP0134 3.7): where its structures are, and the strings of type 11 (OEM strings), by which the host of a
 * virtual machine tells it something. */
#ifndef CLEANSLATE_COMMON_SMBIOS_H
#define CLEANSLATE_COMMON_SMBIOS_H

#include "common/base/bytes.h"
#include "common/base/err.h"

#define SMBIOS_ENTRY_3_SIZE 24 /* 5.2.2 */
#define SMBIOS_ENTRY_2_SIZE 31 /* 5.2.1 */
#define SMBIOS_TABLE_MAX    (1024 * 1024)

struct smbios_table {
        uint64_t address; /* of the firmware's memory */
        size_t size;
};

/* `entry`: SMBIOS_ENTRY_3_SIZE or SMBIOS_ENTRY_2_SIZE bytes, which says what it is to be. ERR_SYNTAX: it is none. ERR_CHECKSUM.
 * ERR_TOO_LARGE: more than SMBIOS_TABLE_MAX. */
enum err smbios_entry_parse(struct bytes entry, struct smbios_table *ret);

/* The rest of the first OEM string that begins with `prefix`; data == NULL: there is none, or the structures end in disorder
 * before it. */
struct bytes smbios_oem_string(struct bytes structures, const char *prefix);

#endif
