/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SCSI disks: INQUIRY, vital product data, log pages. Only asks. Source: SPC-5. */
#include "linux/media/media-scsi.h"

#include "linux/media/media-adapter.h"
#include <errno.h>
#include <string.h>

enum { REQUEST_SENSE = 0x03, INQUIRY = 0x12, LOG_SENSE = 0x4d, MAINTENANCE_IN = 0xa3 };
enum { PAGE_READ_ERRORS = 0x03, PAGE_TEMPERATURE = 0x0d, PAGE_SOLID_STATE = 0x11, PAGE_EXCEPTIONS = 0x2f };
#define TIMEOUT_MS     30000
#define ATTEMPTS       3
#define UNIT_ATTENTION 6
#define REPLY_SIZE     512
#define ASC_EXCEPTION  0x5d /* FAILURE PREDICTION THRESHOLD EXCEEDED */

/* A unit attention is news, not an answer. */
int media_scsi_send(int fd, const uint8_t *cdb, uint8_t cdb_size, enum sg_direction direction, void *data, uint32_t size,
                    struct scsi_sense *ret)
{
        struct sg_reply reply;
        struct sg_command command = {
                .cdb = cdb, .cdb_size = cdb_size, .direction = direction, .data = data, .size = size, .timeout_ms = TIMEOUT_MS
        };

        for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
                int r = sg_send(fd, &command, &reply);
                *ret = (struct scsi_sense){ 0 };
                if (r < 0 || reply.status == 0)
                        return r;
                (void)scsi_sense_parse(reply.sense, reply.sense_size, ret);
                if (ret->key != UNIT_ATTENTION)
                        break;
        }
        return ret->key == SCSI_SENSE_ILLEGAL ? -EOPNOTSUPP : -EIO;
}

static int inquire(int fd, int page, uint8_t data[static REPLY_SIZE])
{
        uint8_t cdb[6] = { INQUIRY, page >= 0, (uint8_t)(page >= 0 ? page : 0), REPLY_SIZE >> 8, REPLY_SIZE & 0xff };
        struct scsi_sense sense;

        return media_scsi_send(fd, cdb, sizeof(cdb), SG_READ, data, REPLY_SIZE, &sense);
}

static bool supports(int fd, uint8_t opcode, uint8_t action)
{
        /* one command with its service action */
        uint8_t cdb[12] = { MAINTENANCE_IN, 0x0c, 0x02, opcode, 0, action, 0, 0, REPLY_SIZE >> 8, REPLY_SIZE & 0xff };
        uint8_t data[REPLY_SIZE];
        struct scsi_sense sense;

        return media_scsi_send(fd, cdb, sizeof(cdb), SG_READ, data, sizeof(data), &sense) == 0 &&
               scsi_command_is_supported(data, sizeof(data));
}

/* UINT64_MAX: the device does not say */
static uint64_t log_number(int fd, uint8_t page, uint16_t code, size_t at, size_t size)
{
        uint8_t cdb[10] = { LOG_SENSE, 0, (uint8_t)(0x40 | page), 0, 0, 0, 0, REPLY_SIZE >> 8, REPLY_SIZE & 0xff };
        uint8_t data[REPLY_SIZE];
        struct scsi_sense sense;
        struct bytes field;

        if (media_scsi_send(fd, cdb, sizeof(cdb), SG_READ, data, sizeof(data), &sense) < 0 ||
            scsi_log_parameter(data, sizeof(data), page, code, &field) != ERR_OK || field.size <= at)
                return UINT64_MAX;
        field.data += at;
        field.size = size > 0 && size < field.size - at ? size : field.size - at;
        return scsi_number(field);
}

static void read_health(int fd, struct media_health *ret)
{
        uint64_t exception = log_number(fd, PAGE_EXCEPTIONS, 0, 0, 1), worn = log_number(fd, PAGE_SOLID_STATE, 1, 3, 1);
        uint64_t errors = log_number(fd, PAGE_READ_ERRORS, 6, 0, 0), celsius = log_number(fd, PAGE_TEMPERATURE, 0, 1, 1);

        *ret = (struct media_health){
                .known = exception != UINT64_MAX || worn != UINT64_MAX || errors != UINT64_MAX,
                .failing = exception == ASC_EXCEPTION,
                .worn_known = worn != UINT64_MAX,
                .percentage_used = worn != UINT64_MAX ? (uint8_t)worn : 0,
                .media_errors = errors != UINT64_MAX ? errors : 0,
                .temperature_celsius = celsius < 0xff ? (int16_t)celsius : INT16_MIN,
        };
}

int media_scsi_sense(int fd, struct scsi_sense *ret)
{
        uint8_t cdb[6] = { REQUEST_SENSE, 0, 0, 0, 252 }, data[252];
        struct scsi_sense error;
        int r = media_scsi_send(fd, cdb, sizeof(cdb), SG_READ, data, sizeof(data), &error);

        if (r == 0 && scsi_sense_parse(data, sizeof(data), ret) != ERR_OK)
                r = -EIO;
        return r;
}

int media_scsi_read(int fd, struct media_facts *facts)
{
        uint8_t data[REPLY_SIZE];
        struct scsi_sense sense;
        bool is_ata;
        int r = inquire(fd, -1, data);

        if (r < 0)
                return r;
        if (scsi_inquiry_parse(data, sizeof(data), facts, &is_ata) != ERR_OK)
                return -EIO;
        if (inquire(fd, 0x80, data) == 0)
                (void)scsi_serial_parse(data, sizeof(data), facts->serial);
        if (inquire(fd, 0x83, data) == 0)
                (void)scsi_identifier_parse(data, sizeof(data), facts->wwid);
        if (inquire(fd, 0xb1, data) == 0)
                (void)scsi_rotation_parse(data, sizeof(data), &facts->rotational);
        facts->techniques |=
                supports(fd, SCSI_SANITIZE, SCSI_SANITIZE_BLOCK) ? MEDIA_TECHNIQUE_BIT(MEDIA_SCSI_SANITIZE_BLOCK) : 0;
        facts->techniques |=
                supports(fd, SCSI_SANITIZE, SCSI_SANITIZE_CRYPTO) ? MEDIA_TECHNIQUE_BIT(MEDIA_SCSI_SANITIZE_CRYPTO) : 0;
        facts->techniques |=
                supports(fd, SCSI_SANITIZE, SCSI_SANITIZE_OVERWRITE) ? MEDIA_TECHNIQUE_BIT(MEDIA_SCSI_SANITIZE_OVERWRITE) : 0;
        read_health(fd, &facts->health);
        if (facts->techniques != 0 && media_scsi_sense(fd, &sense) == 0) {
                facts->sanitize_busy = media_scsi_code(&sense) == SCSI_ASC_SANITIZING;
                facts->sanitize_failed = media_scsi_code(&sense) == SCSI_ASC_FAILED;
        }
        return 0;
}
