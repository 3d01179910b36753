/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One SCSI command by SG_IO: the road of SCSI and of ATA (by SAT). */
#ifndef CLEANSLATE_LINUX_SCSI_GENERIC_H
#define CLEANSLATE_LINUX_SCSI_GENERIC_H

#include <stddef.h>
#include <stdint.h>

enum sg_direction { SG_NONE, SG_READ, SG_WRITE };

struct sg_command {
        const uint8_t *cdb;
        uint8_t cdb_size;
        enum sg_direction direction;
        void *data; /* the caller's; zeroed before a read */
        uint32_t size;
        unsigned timeout_ms;
};

struct sg_reply {
        uint8_t sense[64];
        size_t sense_size;
        uint8_t status;    /* SAM status: 0 good, 2 check condition */
        uint32_t received; /* bytes */
};

/* 0: the command reached the device and `ret` says what became of it. -EIO: the transport failed; -errno: the kernel refused. */
int sg_send(int fd, const struct sg_command *command, struct sg_reply *ret);

#endif
