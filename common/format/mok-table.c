/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing the table of machine owner keys; see mok-table.h. */
#include "common/format/mok-table.h"
#include "common/base/memory.h"

/* An entry: name, size, data, without padding. The last one has no name and no data. */
#define NAME_SIZE         256
#define ENTRY_HEADER_SIZE (NAME_SIZE + 8)
#define TABLE_MAX         (UINT64_C(1) << 20)
/* EFI_SIGNATURE_LIST with one EFI_SIGNATURE_DATA (UEFI 2.10, 32.4.1): type, three sizes; owner, certificate. */
#define GUID_SIZE        16
#define LIST_HEADER_SIZE (GUID_SIZE + 3 * 4)

const struct guid guid_mok_table = { { 0x2b, 0xed, 0x51, 0xc4, 0x94, 0x96, 0xd3, 0x45, 0xba, 0xba, 0xed, 0x9f, 0x89, 0x88, 0xa3,
                                       0x89 } };
static const struct guid type_x509 = { { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0,
                                         0x72 } };

/* The lower `size` bytes, 8 at most. */
static void write_le(struct writer *writer, uint64_t value, size_t size)
{
        uint8_t encoded[8];

        store_le64(encoded, value);
        writer_bytes(writer, encoded, size);
}

static void write_entry(struct writer *writer, const char *name, size_t size)
{
        char padded[NAME_SIZE] = { 0 };

        memcpy(padded, name, text_length(name));
        writer_bytes(writer, padded, sizeof(padded));
        write_le(writer, size, 8);
}

size_t mok_table_size(size_t certificate_size)
{
        return 3 * ENTRY_HEADER_SIZE + LIST_HEADER_SIZE + GUID_SIZE + certificate_size + 1;
}

void mok_table_write(struct writer *writer, struct bytes certificate)
{
        size_t list_size = LIST_HEADER_SIZE + GUID_SIZE + certificate.size;

        write_entry(writer, "MokListRT", list_size);
        writer_bytes(writer, type_x509.bytes, GUID_SIZE);
        write_le(writer, list_size, 4);
        write_le(writer, 0, 4);
        write_le(writer, GUID_SIZE + certificate.size, 4);
        writer_bytes(writer, guid_cleanslate.bytes, GUID_SIZE);
        writer_bytes(writer, certificate.data, certificate.size);
        write_entry(writer, "MokListTrustedRT", 1); /* its presence asks for .machine in place of .platform */
        write_le(writer, 1, 1);
        write_entry(writer, "", 0);
}

bool mok_table_lists(const void *table, const char *name)
{
        const uint8_t *entry = table;
        size_t length = text_length(name) + 1;
        uint64_t at = 0;

        while (at < TABLE_MAX && entry[0] != 0) {
                uint64_t size = load_le64(entry + NAME_SIZE);

                if (memcmp(entry, name, length) == 0)
                        return true;
                if (size > TABLE_MAX)
                        return false;
                at += ENTRY_HEADER_SIZE + size;
                entry += ENTRY_HEADER_SIZE + size;
        }
        return false;
}
