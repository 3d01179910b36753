/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of the factory manifest; the format is docs/manifest.md's, and its digest is a promise: any change of a byte here
 * makes every device differ from its image. */
#include "common/rebuild/manifest.h"

static void write_number(struct writer *writer, uint64_t value)
{
        writer_char(writer, ' ');
        writer_decimal(writer, value);
}

static void write_mode(struct writer *writer, uint32_t mode)
{
        writer_char(writer, ' ');
        for (unsigned shift = 12; shift > 0; shift -= 3)
                writer_char(writer, (char)('0' + (mode >> (shift - 3) & 7)));
}

static void write_time(struct writer *writer, int64_t seconds)
{
        writer_char(writer, ' ');
        if (seconds < 0)
                writer_char(writer, '-');
        writer_decimal(writer, seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds);
}

/* Bytes that could end a field or a line are \xHH; all others, of whatever encoding, stand as they are. */
void manifest_escaped(struct writer *writer, const char *text)
{
        for (; *text != '\0'; text++) {
                uint8_t byte = (uint8_t)*text;

                if (byte <= 0x20 || byte == 0x7f || byte == '\\') {
                        writer_text(writer, "\\x");
                        writer_hex(writer, &byte, 1);
                } else {
                        writer_char(writer, *text);
                }
        }
}

static void write_content(struct writer *writer, const struct manifest_entry *entry)
{
        writer_char(writer, ' ');
        if (entry->type == 'c' || entry->type == 'b') {
                writer_decimal(writer, entry->device >> 32);
                writer_char(writer, ':');
                writer_decimal(writer, entry->device & UINT32_MAX);
        } else if (entry->type == 'f' && entry->sha256) {
                writer_hex(writer, entry->sha256, SHA256_SIZE);
        } else {
                writer_char(writer, '-');
        }
}

void manifest_line(struct writer *writer, const struct manifest_entry *entry)
{
        writer_char(writer, entry->type);
        write_mode(writer, entry->mode);
        write_number(writer, entry->uid);
        write_number(writer, entry->gid);
        write_number(writer, entry->type == 'f' ? entry->size : 0);
        write_time(writer, entry->mtime);
        write_content(writer, entry);
        writer_char(writer, ' ');
        manifest_escaped(writer, entry->path);
        if (entry->type == 'l' && entry->target) {
                writer_text(writer, " -> ");
                manifest_escaped(writer, entry->target);
        }
        for (size_t i = 0; i < entry->xattr_count; i++) {
                writer_text(writer, " xattr ");
                manifest_escaped(writer, entry->xattrs[i].name);
                writer_char(writer, '=');
                writer_hex(writer, entry->xattrs[i].value.data, entry->xattrs[i].value.size);
        }
        writer_char(writer, '\n');
}
