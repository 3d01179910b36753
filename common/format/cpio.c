/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes "newc" cpio archives; see cpio.h. The archive has to start at the writer's first byte or at a multiple of four. */
#include "common/format/cpio.h"
#include "common/base/memory.h"

#define HEADER_SIZE    110 /* the magic and 13 fields of 8 hexadecimal digits */
#define TYPE_DIRECTORY UINT32_C(0040000)
#define TYPE_FILE      UINT32_C(0100000)
#define PERMISSIONS    UINT32_C(07777)
#define TRAILER_NAME   "TRAILER!!!"

static size_t pad_to_four(size_t size)
{
        return (4 - size % 4) % 4;
}

static void write_padding(struct writer *writer, size_t size)
{
        writer_bytes(writer, "\0\0\0", pad_to_four(size));
}

static void write_field(struct writer *writer, uint32_t value)
{
        char digits[8];

        for (size_t i = 0; i < sizeof(digits); i++)
                digits[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
        writer_bytes(writer, digits, sizeof(digits));
}

static uint8_t *write_entry(struct writer *writer, uint32_t inode, const char *path, uint32_t mode, size_t size)
{
        size_t name_size = text_length(path) + 1;
        uint8_t *content;

        if (size > UINT32_MAX || name_size > UINT32_MAX) {
                writer->overflow = true;
                return NULL;
        }
        writer_bytes(writer, "070701", 6);
        write_field(writer, inode);
        write_field(writer, mode);
        write_field(writer, 0); /* uid */
        write_field(writer, 0); /* gid */
        write_field(writer, 1); /* links; more would make the kernel look for hard links */
        write_field(writer, 0); /* mtime: the same boot hands over the same bytes */
        write_field(writer, (uint32_t)size);
        for (int device_number = 0; device_number < 4; device_number++)
                write_field(writer, 0);
        write_field(writer, (uint32_t)name_size);
        write_field(writer, 0); /* checksum, unused by newc */
        writer_bytes(writer, path, name_size);
        write_padding(writer, HEADER_SIZE + name_size);
        content = writer_space(writer, size);
        write_padding(writer, size);
        return writer->overflow ? NULL : content;
}

void cpio_directory(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode)
{
        (void)write_entry(writer, (*inode)++, path, TYPE_DIRECTORY | (mode & PERMISSIONS), 0);
}

uint8_t *cpio_file_space(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode, size_t size)
{
        return write_entry(writer, (*inode)++, path, TYPE_FILE | (mode & PERMISSIONS), size);
}

void cpio_file(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode, struct bytes content)
{
        uint8_t *space = cpio_file_space(writer, inode, path, mode, content.size);

        if (space != NULL && content.size > 0)
                memcpy(space, content.data, content.size);
}

/* Nothing of it changes: no inode, no mode, one link, a name of eleven bytes, written 0000000B. */
void cpio_trailer(struct writer *writer)
{
        static const char trailer[] = "070701"
                                      "00000000000000000000000000000000"
                                      "00000001"
                                      "000000000000000000000000000000000000000000000000"
                                      "0000000B"
                                      "00000000" TRAILER_NAME "\0\0\0";

        _Static_assert(sizeof(trailer) == HEADER_SIZE + 14, "the literal's own NUL is the last of the padding");
        writer_bytes(writer, trailer, sizeof(trailer));
}

size_t cpio_entry_size_max(const char *path, size_t content_size)
{
        size_t head = HEADER_SIZE + text_length(path) + 1 + 3;

        return content_size > SIZE_MAX - head - 3 ? SIZE_MAX : head + content_size + 3;
}
