/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/rebuild/file-system-label.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

void label_cut(const char *label, size_t max_bytes, char ret[static PARTITION_NAME_MAX])
{
        size_t length = text_length(label);

        if (length > max_bytes)
                length = max_bytes;
        while (length > 0 && ((uint8_t)label[length] & 0xc0) == 0x80)
                length--;
        (void)text_copy(ret, PARTITION_NAME_MAX, label, length);
}

static char fat_character(char character)
{
        static const char others[] = "!#$%&'()-@^_`{}~ ";

        if (character >= 'a' && character <= 'z')
                return (char)(character - 'a' + 'A');
        if ((character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9'))
                return character;
        for (size_t i = 0; others[i] != '\0'; i++)
                if (character == others[i])
                        return character;
        return '_';
}

/* One for each character, however many bytes it has. */
static void fat_label(const char *label, size_t max, char ret[static PARTITION_NAME_MAX])
{
        size_t length = 0;

        for (; *label != '\0' && length < max; label++)
                if (((uint8_t)*label & 0xc0) != 0x80)
                        ret[length++] = fat_character(*label);
        ret[length] = '\0';
        if (ret[0] == ' ')
                ret[0] = '_';
}

void file_system_label(const char *format, const char *label, char ret[static PARTITION_NAME_MAX])
{
        static const struct {
                const char *format;
                size_t max_bytes;
        } limits[] = { { "ext2", 16 }, { "ext3", 16 }, { "ext4", 16 }, { "xfs", 12 }, { "swap", 15 } };

        if (text_equal(format, "vfat")) {
                fat_label(label, 11, ret);
                return;
        }
        for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
                if (text_equal(format, limits[i].format)) {
                        label_cut(label, limits[i].max_bytes, ret);
                        return;
                }
        label_cut(label, PARTITION_NAME_MAX - 1, ret);
}
