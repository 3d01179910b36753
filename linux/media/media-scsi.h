/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What media-scsi, which asks, shares with media-scsi-purge. Nobody else includes this. Source: SBC-4 5.33. */
#ifndef CLEANSLATE_LINUX_MEDIA_SCSI_H
#define CLEANSLATE_LINUX_MEDIA_SCSI_H

#include "common/media/scsi-vpd.h"
#include "linux/media/scsi-generic.h"

/* The command, and its service actions. */
enum { SCSI_SANITIZE = 0x48 };
enum { SCSI_SANITIZE_OVERWRITE = 1, SCSI_SANITIZE_BLOCK = 2, SCSI_SANITIZE_CRYPTO = 3, SCSI_SANITIZE_EXIT_FAILURE = 0x1f };

#define SCSI_ASC_SANITIZING 0x041b /* LOGICAL UNIT NOT READY, SANITIZE IN PROGRESS */
#define SCSI_ASC_FAILED     0x3103 /* SANITIZE COMMAND FAILED */

/* *ret is the sense data where there is any. -EOPNOTSUPP: no such command; -EIO: the device ended it with an error. */
int media_scsi_send(int fd, const uint8_t *cdb, uint8_t cdb_size, enum sg_direction direction, void *data, uint32_t size,
                    struct scsi_sense *ret);

int media_scsi_sense(int fd, struct scsi_sense *ret);

static inline uint16_t media_scsi_code(const struct scsi_sense *sense)
{
        return (uint16_t)(sense->asc << 8 | sense->ascq);
}

#endif
