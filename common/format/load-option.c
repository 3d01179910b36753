/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/format/load-option.h"
#include "common/base/memory.h"
#include "common/base/utf16.h"

#define HEADER_SIZE      6 /* attributes, length of the device paths */
#define NODE_HEADER_SIZE 4
#define TYPE_HARDWARE    0x01
#define TYPE_MEDIA       0x04
#define TYPE_END         0x7f
#define END_ENTIRE       0xff
#define MEDIA_HARD_DRIVE 0x01
#define MEDIA_FILE_PATH  0x04
#define MEDIA_FV_FILE    0x06
#define MEDIA_FV         0x07
#define HARDWARE_MEMORY  0x03 /* a volume that is mapped into memory */
#define HARD_DRIVE_SIZE  42
#define SIGNATURE_AT     24 /* of the node: the partition's GUID */
#define SIGNATURE_KIND   41
#define SIGNATURE_GUID   0x02
#define KEY_ENTRY_AT     8 /* of EFI_KEY_OPTION: behind the key and the checksum over the entry */

struct walk {
        struct load_option option;
        unsigned drives, firmware_files, others; /* others: nodes that lie in no firmware */
        bool file_fits;
        struct writer file;
};

static bool append_path(struct writer *writer, const void *text, size_t size)
{
        return utf16_to_utf8(text, size, writer) == ERR_OK && !writer->overflow;
}

void firmware_path_tidy(char *path)
{
        size_t to = 0;

        for (size_t i = 0; path[i] != '\0'; i++)
                if (path[i] == '\\')
                        path[i] = '/';
        for (size_t i = 0; path[i] != '\0'; i++)
                if (path[i] != '/' || (to > 0 && path[to - 1] != '/'))
                        path[to++] = path[i];
        if (to > 0 && path[to - 1] == '/')
                to--;
        path[to] = '\0';
}

bool firmware_path_read(const void *text, size_t size, char ret[static LOAD_OPTION_FILE_MAX])
{
        struct writer writer = writer_over(ret, LOAD_OPTION_FILE_MAX - 1);

        if (!append_path(&writer, text, size)) {
                ret[0] = '\0';
                return false;
        }
        ret[writer.size] = '\0'; /* of a character outside of ASCII the writer does not take care */
        firmware_path_tidy(ret);
        return ret[0] != '\0';
}

static void take_media(struct walk *walk, const uint8_t *node, size_t length)
{
        if (node[1] == MEDIA_HARD_DRIVE) {
                walk->drives++;
                walk->option.has_partition = length == HARD_DRIVE_SIZE && node[SIGNATURE_KIND] == SIGNATURE_GUID;
                if (walk->option.has_partition)
                        memcpy(walk->option.partition.bytes, node + SIGNATURE_AT, sizeof(walk->option.partition.bytes));
        } else if (node[1] == MEDIA_FILE_PATH) {
                writer_char(&walk->file, '/');
                walk->file_fits &= append_path(&walk->file, node + NODE_HEADER_SIZE, length - NODE_HEADER_SIZE);
        }
}

static void count_firmware(struct walk *walk, const uint8_t *node)
{
        bool volume = (node[0] == TYPE_MEDIA && node[1] == MEDIA_FV) || (node[0] == TYPE_HARDWARE && node[1] == HARDWARE_MEMORY);
        bool file = node[0] == TYPE_MEDIA && node[1] == MEDIA_FV_FILE;

        walk->firmware_files += file;
        walk->others += !file && !volume;
}

/* The first device path; further ones are no places to boot from. Several instances in it: no single place. */
static enum err walk_nodes(struct walk *walk, const uint8_t *data, size_t size)
{
        for (size_t at = 0; range_fits(size, at, NODE_HEADER_SIZE);) {
                const uint8_t *node = data + at;
                size_t length = load_le16(node + 2);

                if (length < NODE_HEADER_SIZE)
                        return ERR_SYNTAX;
                if (!range_fits(size, at, length))
                        return ERR_TRUNCATED;
                if (node[0] == TYPE_END && node[1] == END_ENTIRE)
                        return ERR_OK;
                count_firmware(walk, node);
                if (node[0] == TYPE_END)
                        walk->drives = 2;
                else if (node[0] == TYPE_MEDIA)
                        take_media(walk, node, length);
                at += length;
        }
        return ERR_TRUNCATED;
}

/* "@" and a number other than 0, as in UAPI.5; see profile-option.h, of which this takes more for a number. */
static bool is_selector(const uint8_t *text, size_t size, size_t at)
{
        bool digit = false;

        if (load_le16(text + at) != '@')
                return false;
        for (at += 2; range_fits(size, at, 2) && load_le16(text + at) >= '0' && load_le16(text + at) <= '9'; at += 2)
                digit |= load_le16(text + at) != '0';
        return digit;
}

/* At the beginning, or as a word behind others: shim, for example, hands on to the next what stands behind that one's name. */
static size_t find_selector(const uint8_t *value, size_t size, size_t data_at)
{
        bool begins = true;

        for (size_t at = data_at; range_fits(size, at, 2); at += 2) {
                if (begins && is_selector(value, size, at))
                        return at;
                begins = load_le16(value + at) <= ' ';
        }
        return 0;
}

size_t load_option_drop_selector(const struct load_option *option, void *value)
{
        if (option->selector_at > option->data_at)
                store_le16((uint8_t *)value + option->selector_at - 2, 0); /* the blank in front of it */
        return option->selector_at;
}

enum err load_option_parse(const void *data, size_t size, struct load_option *ret)
{
        const uint8_t *bytes = data;
        struct walk walk = { .file_fits = true };
        size_t at = HEADER_SIZE;
        enum err err;

        if (size > LOAD_OPTION_MAX)
                return ERR_TOO_LARGE;
        if (size < HEADER_SIZE)
                return ERR_TRUNCATED;
        while (range_fits(size, at, 2) && load_le16(bytes + at) != 0)
                at += 2;
        at += 2; /* the description's NUL */
        if (!range_fits(size, at, load_le16(bytes + 4)))
                return ERR_TRUNCATED;
        walk.file = writer_over(walk.option.file, sizeof(walk.option.file) - 1); /* what it leaves is zero */
        err = walk_nodes(&walk, bytes + at, load_le16(bytes + 4));
        if (err != ERR_OK)
                return err;
        walk.option.attributes = load_le32(bytes);
        walk.option.has_partition &= walk.drives == 1;
        walk.option.in_firmware = walk.firmware_files == 1 && walk.others == 0;
        walk.option.data_at = at + load_le16(bytes + 4);
        walk.option.has_data = size > walk.option.data_at;
        walk.option.selector_at = find_selector(bytes, size, walk.option.data_at);
        walk.option.file_unknown = !walk.file_fits || walk.file.overflow;
        if (walk.option.file_unknown)
                walk.option.file[0] = '\0';
        firmware_path_tidy(walk.option.file);
        *ret = walk.option;
        return ERR_OK;
}

static bool read_number(const char *digits, uint16_t *ret)
{
        uint8_t number[2];

        if (text_length(digits) != 4)
                return false;
        for (size_t i = 0; i < 4; i++)
                if (digits[i] >= 'a' && digits[i] <= 'f')
                        return false;
        if (!text_to_hex_bytes(digits, 4, number, sizeof(number)))
                return false;
        *ret = (uint16_t)(number[0] << 8 | number[1]);
        return true;
}

enum load_option_kind load_option_kind(const char *name, uint16_t *ret_number)
{
        static const struct {
                const char *prefix;
                enum load_option_kind kind;
        } kinds[] = {
                { "Boot", LOAD_OPTION_BOOT },       { "Driver", LOAD_OPTION_DRIVER },
                { "SysPrep", LOAD_OPTION_SYSPREP }, { "PlatformRecovery", LOAD_OPTION_PLATFORM_RECOVERY },
                { "Key", LOAD_OPTION_KEY },
        };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (text_starts_with(name, kinds[i].prefix) && read_number(name + text_length(kinds[i].prefix), ret_number))
                        return kinds[i].kind;
        return LOAD_OPTION_NONE;
}

bool key_option_boot_entry(const void *data, size_t size, uint16_t *ret_number)
{
        if (!range_fits(size, KEY_ENTRY_AT, 2))
                return false;
        *ret_number = load_le16((const uint8_t *)data + KEY_ENTRY_AT);
        return true;
}

size_t boot_order_without(const void *order, size_t size, const uint16_t *drop, size_t drop_count, uint8_t *ret)
{
        const uint8_t *bytes = order;
        size_t kept = 0;

        for (size_t at = 0; range_fits(size, at, 2); at += 2) {
                uint16_t number = load_le16(bytes + at);
                bool dropped = false;

                for (size_t i = 0; i < drop_count; i++)
                        dropped |= drop[i] == number;
                if (dropped)
                        continue;
                store_le16(ret + kept, number);
                kept += 2;
        }
        return kept;
}
