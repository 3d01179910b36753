/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads SMBIOS; see smbios.h. */
#include "common/format/smbios.h"
#include "common/base/memory.h"

#define ANCHOR_3        "_SM3_"
#define ANCHOR_2        "_SM_"
#define ENTRY_3_MAX     12 /* bytes of structures, at most */
#define ENTRY_3_ADDRESS 16
#define ENTRY_2_SIZE    22 /* bytes of structures */
#define ENTRY_2_ADDRESS 24

#define HEADER_SIZE   4 /* type, length, handle */
#define HEADER_LENGTH 1
#define TYPE_OEM      11
#define TYPE_END      127

static bool sums_up_to_zero(struct bytes entry)
{
        uint8_t sum = 0;

        for (size_t i = 0; i < entry.size; i++)
                sum = (uint8_t)(sum + entry.data[i]);
        return sum == 0;
}

enum err smbios_entry_parse(struct bytes entry, struct smbios_table *ret)
{
        bool third = entry.size == SMBIOS_ENTRY_3_SIZE;
        const char *anchor = third ? ANCHOR_3 : ANCHOR_2;
        struct smbios_table table;

        if ((!third && entry.size != SMBIOS_ENTRY_2_SIZE) || memcmp(entry.data, anchor, text_length(anchor)) != 0)
                return ERR_SYNTAX;
        if (!sums_up_to_zero(entry))
                return ERR_CHECKSUM;
        table.size = third ? load_le32(entry.data + ENTRY_3_MAX) : load_le16(entry.data + ENTRY_2_SIZE);
        table.address = third ? load_le64(entry.data + ENTRY_3_ADDRESS) : load_le32(entry.data + ENTRY_2_ADDRESS);
        if (table.size > SMBIOS_TABLE_MAX)
                return ERR_TOO_LARGE;
        *ret = table;
        return ERR_OK;
}

/* The string at the start of `rest`, without its NUL; false: it does not end. */
static bool next_string(struct bytes rest, struct bytes *ret)
{
        for (size_t length = 0; length < rest.size; length++)
                if (rest.data[length] == 0) {
                        *ret = (struct bytes){ rest.data, length };
                        return true;
                }
        return false;
}

static void skip(struct bytes *rest, size_t size)
{
        rest->data += size;
        rest->size -= size;
}

/* Behind the structure's own bytes: strings, each with its NUL, and one more; two where there is none (6.1.3). */
static bool read_strings(struct bytes *rest, const char *prefix, struct bytes *ret)
{
        size_t length = text_length(prefix);
        struct bytes string;
        bool first = true;

        while (next_string(*rest, &string)) {
                skip(rest, string.size + 1);
                if (string.size == 0 && !first)
                        return true;
                if (string.size == 0) { /* no string at all: its second NUL */
                        if (rest->size == 0 || rest->data[0] != 0)
                                return false;
                        skip(rest, 1);
                        return true;
                }
                first = false;
                if (prefix[0] != '\0' && ret->data == NULL && string.size >= length && memcmp(string.data, prefix, length) == 0)
                        *ret = (struct bytes){ string.data + length, string.size - length };
        }
        return false;
}

struct bytes smbios_oem_string(struct bytes structures, const char *prefix)
{
        struct bytes rest = structures, found = { 0 };

        while (rest.size >= HEADER_SIZE && rest.data[0] != TYPE_END && found.data == NULL) {
                const bool oem = rest.data[0] == TYPE_OEM;
                size_t length = rest.data[HEADER_LENGTH];

                if (length < HEADER_SIZE || length > rest.size)
                        break;
                skip(&rest, length);
                if (!read_strings(&rest, oem ? prefix : "", &found))
                        break;
        }
        return found;
}
