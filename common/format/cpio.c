/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes "newc" cpio archives; see cpio.h. The archive has to start at the writer's first byte or at a multiple of four. */
#include "common/format/cpio.h"

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
                digits[i] = "0123456789ABCDEF"[value >> (28 - 4 * i) & 15];
        writer_bytes(writer, digits, sizeof(digits));
}

static void write_entry(struct writer *writer, uint32_t inode, const char *path, uint32_t mode, struct bytes content)
{
        size_t name_size = text_length(path) + 1;

        if (content.size > UINT32_MAX || name_size > UINT32_MAX) {
                writer->overflow = true;
                return;
        }
        writer_bytes(writer, "070701", 6);
        write_field(writer, inode);
        write_field(writer, mode);
        write_field(writer, 0); /* uid */
        write_field(writer, 0); /* gid */
        write_field(writer, 1); /* links; more would make the kernel look for hard links */
        write_field(writer, 0); /* mtime: the same boot hands over the same bytes */
        write_field(writer, (uint32_t)content.size);
        for (int device_number = 0; device_number < 4; device_number++)
                write_field(writer, 0);
        write_field(writer, (uint32_t)name_size);
        write_field(writer, 0); /* checksum, unused by newc */
        writer_bytes(writer, path, name_size);
        write_padding(writer, HEADER_SIZE + name_size);
        writer_bytes(writer, content.data, content.size);
        write_padding(writer, content.size);
}

void cpio_directory(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode)
{
        write_entry(writer, (*inode)++, path, TYPE_DIRECTORY | (mode & PERMISSIONS), (struct bytes){ 0 });
}

void cpio_file(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode, struct bytes content)
{
        write_entry(writer, (*inode)++, path, TYPE_FILE | (mode & PERMISSIONS), content);
}

void cpio_trailer(struct writer *writer)
{
        write_entry(writer, 0, TRAILER_NAME, 0, (struct bytes){ 0 });
}

size_t cpio_entry_size_max(const char *path, size_t content_size)
{
        size_t head = HEADER_SIZE + text_length(path) + 1 + 3;

        return content_size > SIZE_MAX - head - 3 ? SIZE_MAX : head + content_size + 3;
}
