/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SCSI disks: INQUIRY, vital product data, log pages, SANITIZE. Source: SPC-5, SBC-4 5.33. */
#include "common/media/scsi-vpd.h"
#include "linux/media/media-adapter.h"
#include "linux/media/scsi-generic.h"

#include <errno.h>
#include <string.h>

enum { TEST_UNIT_READY = 0x00, REQUEST_SENSE = 0x03, INQUIRY = 0x12, SANITIZE = 0x48, LOG_SENSE = 0x4d, MAINTENANCE_IN = 0xa3 };
enum { SANITIZE_OVERWRITE = 1, SANITIZE_BLOCK = 2, SANITIZE_CRYPTO = 3, SANITIZE_EXIT_FAILURE = 0x1f };
enum { PAGE_READ_ERRORS = 0x03, PAGE_TEMPERATURE = 0x0d, PAGE_SOLID_STATE = 0x11, PAGE_EXCEPTIONS = 0x2f };
#define IMMEDIATE      0x80
#define UNRESTRICTED   0x20 /* AUSE: a failure can be left without another sanitize */
#define TIMEOUT_MS     30000
#define ATTEMPTS       3
#define UNIT_ATTENTION 6
#define REPLY_SIZE     512
#define ASC_SANITIZING 0x041b /* LOGICAL UNIT NOT READY, SANITIZE IN PROGRESS */
#define ASC_FAILED     0x3103 /* SANITIZE COMMAND FAILED */
#define ASC_EXCEPTION  0x5d   /* FAILURE PREDICTION THRESHOLD EXCEEDED */

/* *ret is the sense data where there is any. -EIO: the device ended it with an error. A unit attention is news, not an answer. */
static int scsi_send(int fd, const uint8_t *cdb, uint8_t cdb_size, enum sg_direction direction, void *data, uint32_t size,
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

        return scsi_send(fd, cdb, sizeof(cdb), SG_READ, data, REPLY_SIZE, &sense);
}

static bool supports(int fd, uint8_t opcode, uint8_t action)
{
        /* one command with its service action */
        uint8_t cdb[12] = { MAINTENANCE_IN, 0x0c, 0x02, opcode, 0, action, 0, 0, REPLY_SIZE >> 8, REPLY_SIZE & 0xff };
        uint8_t data[REPLY_SIZE];
        struct scsi_sense sense;

        return scsi_send(fd, cdb, sizeof(cdb), SG_READ, data, sizeof(data), &sense) == 0 &&
               scsi_command_is_supported(data, sizeof(data));
}

/* UINT64_MAX: the device does not say */
static uint64_t log_number(int fd, uint8_t page, uint16_t code, size_t at, size_t size)
{
        uint8_t cdb[10] = { LOG_SENSE, 0, (uint8_t)(0x40 | page), 0, 0, 0, 0, REPLY_SIZE >> 8, REPLY_SIZE & 0xff };
        uint8_t data[REPLY_SIZE];
        struct scsi_sense sense;
        struct bytes field;

        if (scsi_send(fd, cdb, sizeof(cdb), SG_READ, data, sizeof(data), &sense) < 0 ||
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

static int request_sense(int fd, struct scsi_sense *ret)
{
        uint8_t cdb[6] = { REQUEST_SENSE, 0, 0, 0, 252 }, data[252];
        struct scsi_sense error;
        int r = scsi_send(fd, cdb, sizeof(cdb), SG_READ, data, sizeof(data), &error);

        if (r == 0 && scsi_sense_parse(data, sizeof(data), ret) != ERR_OK)
                r = -EIO;
        return r;
}

static uint16_t code_of(const struct scsi_sense *sense)
{
        return (uint16_t)(sense->asc << 8 | sense->ascq);
}

static int read_device(int fd, struct media_facts *facts)
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
        facts->techniques |= supports(fd, SANITIZE, SANITIZE_BLOCK) ? MEDIA_TECHNIQUE_BIT(MEDIA_SCSI_SANITIZE_BLOCK) : 0;
        facts->techniques |= supports(fd, SANITIZE, SANITIZE_CRYPTO) ? MEDIA_TECHNIQUE_BIT(MEDIA_SCSI_SANITIZE_CRYPTO) : 0;
        facts->techniques |= supports(fd, SANITIZE, SANITIZE_OVERWRITE) ? MEDIA_TECHNIQUE_BIT(MEDIA_SCSI_SANITIZE_OVERWRITE) : 0;
        read_health(fd, &facts->health);
        if (facts->techniques != 0 && request_sense(fd, &sense) == 0) {
                facts->sanitize_busy = code_of(&sense) == ASC_SANITIZING;
                facts->sanitize_failed = code_of(&sense) == ASC_FAILED;
        }
        return 0;
}

static void keep_sense(const struct purge_run *run, const struct scsi_sense *sense)
{
        run->result->device_status = (uint32_t)sense->key << 16 | code_of(sense);
}

/* REQUEST SENSE tells the progress; whether all is well in the end, TEST UNIT READY. */
static int poll_sanitize(const struct purge_run *run, enum purge_state *ret_state, uint16_t *ret_progress)
{
        uint8_t ready[6] = { TEST_UNIT_READY };
        struct scsi_sense sense;
        int r = request_sense(run->fd, &sense);

        if (r < 0)
                return r;
        if (code_of(&sense) == ASC_SANITIZING) {
                *ret_state = PURGE_RUNNING;
                *ret_progress = sense.progress_known ? sense.progress : 0;
                return 0;
        }
        r = scsi_send(run->fd, ready, sizeof(ready), SG_NONE, NULL, 0, &sense);
        keep_sense(run, &sense);
        if (r < 0 && code_of(&sense) != ASC_FAILED && sense.key != SCSI_SENSE_MEDIUM_ERROR)
                return r;
        *ret_state = r == 0 ? PURGE_DONE : PURGE_FAILED;
        return 0;
}

static int start_sanitize(int fd, uint8_t action, struct scsi_sense *ret)
{
        /* one pass, a pattern of four zeros */
        uint8_t overwrite[8] = { 1, 0, 0, 4 };
        bool parameters = action == SANITIZE_OVERWRITE;
        uint8_t flags = action == SANITIZE_EXIT_FAILURE ? 0 : IMMEDIATE | UNRESTRICTED;
        uint8_t cdb[10] = { SANITIZE, (uint8_t)(flags | action), [8] = parameters ? sizeof(overwrite) : 0 };

        return scsi_send(fd, cdb, sizeof(cdb), parameters ? SG_WRITE : SG_NONE, parameters ? overwrite : NULL,
                         parameters ? sizeof(overwrite) : 0, ret);
}

static int sanitize(const struct purge_run *run, uint8_t action)
{
        struct scsi_sense sense;
        int r = start_sanitize(run->fd, action, &sense);

        keep_sense(run, &sense);
        if (r < 0) {
                purge_say(run, "the device refused %s (sense 0x%x); nothing was erased", media_technique_text(run->technique),
                          run->result->device_status);
                return r;
        }
        r = purge_follow(run, poll_sanitize);
        if (r != -EIO || run->result->words[0])
                return r;
        bool usable = start_sanitize(run->fd, SANITIZE_EXIT_FAILURE, &sense) == 0;
        purge_say(run, "%s failed inside the device (sense 0x%x): data may be left on it; %s",
                  media_technique_text(run->technique), run->result->device_status,
                  usable ? "it takes writes again" : "it stays in failure mode until a sanitize succeeds");
        return r;
}

static int scsi_purge(const struct purge_run *run)
{
        switch (run->technique) {
        case MEDIA_SCSI_SANITIZE_BLOCK:
                return sanitize(run, SANITIZE_BLOCK);
        case MEDIA_SCSI_SANITIZE_CRYPTO:
                return sanitize(run, SANITIZE_CRYPTO);
        case MEDIA_SCSI_SANITIZE_OVERWRITE:
                return sanitize(run, SANITIZE_OVERWRITE);
        default:
                return -EOPNOTSUPP;
        }
}

static int scsi_settle(const struct purge_run *run)
{
        if (!run->facts->sanitize_busy)
                return 0;
        int r = purge_follow(run, poll_sanitize);
        return r == -EIO && !run->result->words[0] ? 0 : r; /* the earlier one failed: this one is yet to come */
}

const struct media_adapter media_scsi = { .read = read_device, .settle = scsi_settle, .purge = scsi_purge };
