/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SCSI replies; see scsi-vpd.h. Numbers are big-endian. A reply's own length never leads behind what was received. */
#include "common/media/scsi-vpd.h"
#include "common/base/memory.h"

enum { INQUIRY_SIZE_MIN = 36, AT_VENDOR = 8, AT_PRODUCT = 16, AT_REVISION = 32 };
enum { PAGE_SERIAL = 0x80, PAGE_IDENTIFIERS = 0x83, PAGE_CHARACTERISTICS = 0xb1 };
enum { DESIGNATOR_T10 = 1, DESIGNATOR_EUI = 2, DESIGNATOR_NAA = 3, DESIGNATOR_NAME = 8 };

static uint16_t load_be16(const uint8_t *at)
{
        return (uint16_t)(at[0] << 8 | at[1]);
}

uint64_t scsi_number(struct bytes field)
{
        uint64_t value = 0;

        for (size_t i = 0; i < field.size; i++) {
                if (value >> 56 != 0)
                        return UINT64_MAX;
                value = value << 8 | field.data[i];
        }
        return value;
}

enum err scsi_inquiry_parse(const void *data, size_t size, struct media_facts *ret, bool *ret_is_ata)
{
        const uint8_t *bytes = data;
        char vendor[8 + 1], product[16 + 1];
        struct writer model;

        if (size < INQUIRY_SIZE_MIN)
                return ERR_TRUNCATED;
        if ((bytes[0] & 0x1f) != 0 && (bytes[0] & 0x1f) != 0x14) /* disk, or zoned disk */
                return ERR_SYNTAX;
        *ret_is_ata = memcmp(bytes + AT_VENDOR, "ATA     ", 8) == 0;
        media_copy_text(vendor, sizeof(vendor), bytes + AT_VENDOR, 8);
        media_copy_text(product, sizeof(product), bytes + AT_PRODUCT, 16);
        model = writer_over(ret->model, sizeof(ret->model));
        writer_text(&model, vendor);
        writer_text(&model, vendor[0] && product[0] ? " " : "");
        writer_text(&model, product);
        media_copy_text(ret->firmware, sizeof(ret->firmware), bytes + AT_REVISION, 4);
        ret->removable = ret->removable || (bytes[1] & 0x80) != 0; /* what sysfs knows may be more */
        return ERR_OK;
}

/* The content of a vital product data page behind its header. */
static enum err page_content(const void *data, size_t size, uint8_t page, struct bytes *ret)
{
        const uint8_t *bytes = data;
        size_t length;

        if (size < 4)
                return ERR_TRUNCATED;
        if (bytes[1] != page)
                return ERR_SYNTAX;
        length = load_be16(bytes + 2);
        *ret = (struct bytes){ bytes + 4, length < size - 4 ? length : size - 4 };
        return ERR_OK;
}

enum err scsi_serial_parse(const void *data, size_t size, char ret[static MEDIA_SERIAL_MAX])
{
        struct bytes content;
        enum err err = page_content(data, size, PAGE_SERIAL, &content);

        if (err != ERR_OK)
                return err;
        media_copy_text(ret, MEDIA_SERIAL_MAX, content.data, content.size);
        return ERR_OK;
}

/* Higher is better; 0 = not for us. */
static unsigned rank_of(unsigned type, unsigned association)
{
        if (association != 0) /* of the port or the target, not of the logical unit */
                return 0;
        return type == DESIGNATOR_NAA    ? 4
               : type == DESIGNATOR_EUI  ? 3
               : type == DESIGNATOR_NAME ? 2
               : type == DESIGNATOR_T10  ? 1
                                         : 0;
}

static void write_identifier(unsigned type, struct bytes field, char ret[static MEDIA_WWID_MAX])
{
        struct writer writer = writer_over(ret, MEDIA_WWID_MAX);
        char text[MEDIA_WWID_MAX];

        if (type == DESIGNATOR_NAA || type == DESIGNATOR_EUI) {
                writer_text(&writer, type == DESIGNATOR_NAA ? "naa." : "eui.");
                writer_hex(&writer, field.data, field.size < 16 ? field.size : 16);
                return;
        }
        media_copy_text(text, sizeof(text) - 4, field.data, field.size);
        writer_text(&writer, type == DESIGNATOR_T10 ? "t10." : "");
        writer_text(&writer, text);
}

enum err scsi_identifier_parse(const void *data, size_t size, char ret[static MEDIA_WWID_MAX])
{
        struct bytes content, best = { 0 };
        unsigned best_rank = 0, best_type = 0;
        enum err err = page_content(data, size, PAGE_IDENTIFIERS, &content);

        if (err != ERR_OK)
                return err;
        for (size_t at = 0; range_fits(content.size, at, 4);) {
                const uint8_t *header = content.data + at;
                unsigned type = header[1] & 0xf, rank = rank_of(type, header[1] >> 4 & 3);

                if (!range_fits(content.size, at + 4, header[3]))
                        break;
                if (rank > best_rank && header[3] > 0) {
                        best_rank = rank;
                        best_type = type;
                        best = (struct bytes){ header + 4, header[3] };
                }
                at += 4 + (size_t)header[3];
        }
        if (best_rank == 0)
                return ERR_MISSING;
        write_identifier(best_type, best, ret);
        return ERR_OK;
}

enum err scsi_rotation_parse(const void *data, size_t size, bool *ret_rotational)
{
        struct bytes content;
        enum err err = page_content(data, size, PAGE_CHARACTERISTICS, &content);
        uint16_t rate;

        if (err != ERR_OK)
                return err;
        if (content.size < 2)
                return ERR_TRUNCATED;
        rate = load_be16(content.data);
        if (rate == 0 || (rate > 1 && rate <= 0x400))
                return ERR_MISSING;
        *ret_rotational = rate != 1;
        return ERR_OK;
}

bool scsi_command_is_supported(const void *data, size_t size)
{
        return size >= 4 && (((const uint8_t *)data)[1] & 7) == 3;
}

/* Sense key specific bytes (SPC-5, 4.4.2.4): SKSV, then the progress. */
static void read_progress(const uint8_t *at, struct scsi_sense *ret)
{
        ret->progress_known = (at[0] & 0x80) != 0;
        ret->progress = ret->progress_known ? load_be16(at + 1) : 0;
}

enum err scsi_sense_parse(const void *data, size_t size, struct scsi_sense *ret)
{
        const uint8_t *bytes = data;
        unsigned code = size > 0 ? bytes[0] & 0x7f : 0;
        struct scsi_sense sense = { 0 };

        if (code == 0x70 || code == 0x71) {
                if (size < 14)
                        return ERR_TRUNCATED;
                sense = (struct scsi_sense){ .key = bytes[2] & 0xf, .asc = bytes[12], .ascq = bytes[13] };
                if (size >= 18 && bytes[7] >= 10)
                        read_progress(bytes + 15, &sense);
        } else if (code == 0x72 || code == 0x73) {
                if (size < 8)
                        return ERR_TRUNCATED;
                sense = (struct scsi_sense){ .key = bytes[1] & 0xf, .asc = bytes[2], .ascq = bytes[3] };
                for (size_t at = 8; range_fits(size, at, 2); at += 2 + (size_t)bytes[at + 1])
                        if (bytes[at] == 0x02 && bytes[at + 1] >= 6 && range_fits(size, at, 8))
                                read_progress(bytes + at + 4, &sense);
        } else {
                return ERR_SYNTAX;
        }
        *ret = sense;
        return ERR_OK;
}

enum err scsi_log_parameter(const void *data, size_t size, uint8_t page, uint16_t code, struct bytes *ret)
{
        const uint8_t *bytes = data;
        size_t end;

        if (size < 4)
                return ERR_TRUNCATED;
        if ((bytes[0] & 0x3f) != page)
                return ERR_SYNTAX;
        end = 4 + (size_t)load_be16(bytes + 2);
        end = end < size ? end : size;
        for (size_t at = 4; range_fits(end, at, 4); at += 4 + (size_t)bytes[at + 3]) {
                if (!range_fits(end, at + 4, bytes[at + 3]))
                        return ERR_TRUNCATED;
                if (load_be16(bytes + at) != code)
                        continue;
                *ret = (struct bytes){ bytes + at + 4, bytes[at + 3] };
                return ERR_OK;
        }
        return ERR_MISSING;
}
