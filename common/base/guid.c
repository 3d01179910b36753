/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GUIDs, 128-bit ids, and the vendor GUIDs of EFI variables; see guid.h. */
#include "common/base/guid.h"
#include "common/base/bytes.h"
#include "common/base/guid-literal.h"
#include "common/base/memory.h"

const struct guid guid_systemd_factory_reset = GUID(0x8cf2644b, 0x4b0b, 0x428f, 0x9387, 0x6d876050dc67);
const struct guid guid_loader_interface = GUID(0x4a67b082, 0x0a4c, 0x41cf, 0xb6c7, 0x440b29bb8c4f);
/* d719b2cb-3d3a-4596-a3bc-dad00e67656f: db, dbx, dbt, dbr (UEFI 2.10, 32.3) */
const struct guid guid_security_database = { { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67,
                                               0x65, 0x6f } };
const struct guid guid_variable_file = GUID(0xb2ac5fc9, 0x92b7, 0x4acd, 0xaeac, 0x11e818c3130c);
const struct guid guid_efi_global = GUID(0x8be4df61, 0x93ca, 0x11d2, 0xaa0d, 0x00e098032b8c);
const struct guid guid_shim = { { 0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43, 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b,
                                  0x23 } };
const struct guid guid_cleanslate = GUID(0xe8c1b9a0, 0x5d0f, 0x4b7c, 0x9f55, 0x2b1f6c3e7d41);

#define DASHED_LENGTH 36
#define PLAIN_LENGTH  32

/* Where the bytes of 8-4-4-4-12 text go: in the order written, or as EFI lays them out. */
static const uint8_t efi_order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

/* The 16 bytes of dashed text, in the order written. */
static bool dashed_parse(const char *text, size_t length, uint8_t ret[static 16])
{
        char digits[PLAIN_LENGTH];
        size_t count = 0;

        if (length != DASHED_LENGTH)
                return false;
        for (size_t i = 0; i < length; i++) {
                bool dash_here = i == 8 || i == 13 || i == 18 || i == 23;

                if (dash_here && text[i] != '-')
                        return false;
                if (!dash_here)
                        digits[count++] = text[i];
        }
        return text_to_hex_bytes(digits, count, ret, 16);
}

bool guid_equal(const struct guid *a, const struct guid *b)
{
        return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool guid_is_zero(const struct guid *guid)
{
        return guid_equal(guid, &(struct guid){ { 0 } });
}

bool guid_parse(const char *text, size_t length, struct guid *ret)
{
        uint8_t written[16];

        if (!dashed_parse(text, length, written))
                return false;
        for (size_t i = 0; i < sizeof(written); i++)
                ret->bytes[efi_order[i]] = written[i];
        return true;
}

void guid_format(const struct guid *guid, char ret[static GUID_TEXT_SIZE])
{
        struct writer writer = writer_over(ret, GUID_TEXT_SIZE);

        for (size_t i = 0; i < sizeof(guid->bytes); i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        writer_char(&writer, '-');
                writer_hex(&writer, &guid->bytes[efi_order[i]], 1);
        }
}

struct guid guid_of_id128(const struct id128 *id)
{
        struct guid guid;

        for (size_t i = 0; i < sizeof(id->bytes); i++)
                guid.bytes[efi_order[i]] = id->bytes[i];
        return guid;
}

bool id128_equal(const struct id128 *a, const struct id128 *b)
{
        return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool id128_parse(const char *text, size_t length, struct id128 *ret)
{
        return text_to_hex_bytes(text, length, ret->bytes, sizeof(ret->bytes)) || dashed_parse(text, length, ret->bytes);
}

void id128_format(const struct id128 *id, char ret[static ID128_TEXT_SIZE])
{
        struct writer writer = writer_over(ret, ID128_TEXT_SIZE);

        writer_hex(&writer, id->bytes, sizeof(id->bytes));
}
