/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads EFI_FILE_INFO; see file-info.h. */
#include "common/format/file-info.h"

#define INFO_SIZE      8
#define INFO_ATTRIBUTE 72
#define INFO_NAME      80
#define UNIT           2
#define DIRECTORY      UINT64_C(0x10)

static bool fits_into_a_path(uint16_t unit)
{
        return unit > ' ' - 1 && unit < 0x7f && unit != '/' && unit != '\\';
}

static enum err read_name(const uint8_t *text, size_t size, char ret[static FILE_NAME_MAX])
{
        size_t length = 0;

        for (; (length + 1) * UNIT <= size && load_le16(text + length * UNIT) != 0; length++) {
                uint16_t unit = load_le16(text + length * UNIT);

                if (length + 1 == FILE_NAME_MAX)
                        return ERR_TOO_LARGE;
                if (!fits_into_a_path(unit))
                        return ERR_ENCODING;
                ret[length] = (char)unit;
        }
        if ((length + 1) * UNIT > size)
                return ERR_TRUNCATED; /* no NUL */
        ret[length] = '\0';
        return length == 0 || text_equal(ret, ".") || text_equal(ret, "..") ? ERR_ENCODING : ERR_OK;
}

enum err file_info_parse_nameless(const void *info, size_t size, struct file_info *ret)
{
        const uint8_t *bytes = info;

        if (size < INFO_NAME)
                return ERR_TRUNCATED;
        *ret = (struct file_info){ .size_bytes = load_le64(bytes + INFO_SIZE),
                                   .directory = (load_le64(bytes + INFO_ATTRIBUTE) & DIRECTORY) != 0 };
        return ERR_OK;
}

enum err file_info_parse(const void *info, size_t size, struct file_info *ret)
{
        struct file_info result = { 0 };
        enum err err = file_info_parse_nameless(info, size, &result);

        if (err == ERR_OK)
                err = read_name((const uint8_t *)info + INFO_NAME, size - INFO_NAME, result.name);
        if (err == ERR_OK)
                *ret = result;
        return err;
}
