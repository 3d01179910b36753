/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SCSI disks: SANITIZE. Source: SBC-4 5.33. */
#include "linux/media/media-purge-adapter.h"
#include "linux/media/media-scsi.h"
#include <errno.h>

enum { TEST_UNIT_READY = 0x00 };
#define IMMEDIATE    0x80
#define UNRESTRICTED 0x20 /* AUSE: a failure can be left without another sanitize */

static void preserve_sense(const struct purge_run *run, const struct scsi_sense *sense)
{
        run->result->device_status = (uint32_t)sense->key << 16 | media_scsi_code(sense);
}

/* REQUEST SENSE tells the progress; whether all is well in the end, TEST UNIT READY. */
static int poll_sanitize(const struct purge_run *run, enum purge_state *ret_state, uint16_t *ret_progress)
{
        uint8_t ready[6] = { TEST_UNIT_READY };
        struct scsi_sense sense;
        int r = media_scsi_sense(run->fd, &sense);

        if (r < 0)
                return r;
        if (media_scsi_code(&sense) == SCSI_ASC_SANITIZING) {
                *ret_state = PURGE_RUNNING;
                *ret_progress = sense.progress_known ? sense.progress : 0;
                return 0;
        }
        r = media_scsi_send(run->fd, ready, sizeof(ready), SG_NONE, NULL, 0, &sense);
        preserve_sense(run, &sense);
        if (r < 0 && media_scsi_code(&sense) != SCSI_ASC_FAILED && sense.key != SCSI_SENSE_MEDIUM_ERROR)
                return r;
        *ret_state = r == 0 ? PURGE_DONE : PURGE_FAILED;
        return 0;
}

static int start_sanitize(int fd, uint8_t action, struct scsi_sense *ret)
{
        /* one pass, a pattern of four zeros */
        uint8_t overwrite[8] = { 1, 0, 0, 4 };
        bool parameters = action == SCSI_SANITIZE_OVERWRITE;
        uint8_t flags = action == SCSI_SANITIZE_EXIT_FAILURE ? 0 : IMMEDIATE | UNRESTRICTED;
        uint8_t cdb[10] = { SCSI_SANITIZE, (uint8_t)(flags | action), [8] = parameters ? sizeof(overwrite) : 0 };

        return media_scsi_send(fd, cdb, sizeof(cdb), parameters ? SG_WRITE : SG_NONE, parameters ? overwrite : NULL,
                               parameters ? sizeof(overwrite) : 0, ret);
}

static int sanitize(const struct purge_run *run, uint8_t action)
{
        struct scsi_sense sense;
        int r = start_sanitize(run->fd, action, &sense);

        preserve_sense(run, &sense);
        if (r < 0) {
                purge_say(run, "the device refused %s (sense 0x%x); nothing was erased", media_technique_text(run->technique),
                          run->result->device_status);
                return r;
        }
        r = purge_follow(run, poll_sanitize);
        if (r != -EIO || run->result->words[0])
                return r;
        bool usable = start_sanitize(run->fd, SCSI_SANITIZE_EXIT_FAILURE, &sense) == 0;
        purge_say(run, "%s failed inside the device (sense 0x%x): data may be left on it; %s",
                  media_technique_text(run->technique), run->result->device_status,
                  usable ? "it takes writes again" : "it stays in failure mode until a sanitize succeeds");
        return r;
}

int media_scsi_purge(const struct purge_run *run)
{
        switch (run->technique) {
        case MEDIA_SCSI_SANITIZE_BLOCK:
                return sanitize(run, SCSI_SANITIZE_BLOCK);
        case MEDIA_SCSI_SANITIZE_CRYPTO:
                return sanitize(run, SCSI_SANITIZE_CRYPTO);
        case MEDIA_SCSI_SANITIZE_OVERWRITE:
                return sanitize(run, SCSI_SANITIZE_OVERWRITE);
        default:
                return -EOPNOTSUPP;
        }
}

int media_scsi_settle(const struct purge_run *run)
{
        if (!run->facts->sanitize_busy)
                return 0;
        int r = purge_follow(run, poll_sanitize);
        return r == -EIO && !run->result->words[0] ? 0 : r; /* the earlier one failed: this one is yet to come */
}
