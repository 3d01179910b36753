/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/media/scsi-generic.h"

#include <errno.h>
#include <scsi/sg.h>
#include <string.h>
#include <sys/ioctl.h>

int sg_send(int fd, const struct sg_command *command, struct sg_reply *ret)
{
        static const int directions[] = { SG_DXFER_NONE, SG_DXFER_FROM_DEV, SG_DXFER_TO_DEV };
        struct sg_reply reply = { 0 };
        struct sg_io_hdr header = {
                .interface_id = 'S',
                .dxfer_direction = directions[command->direction],
                .cmd_len = command->cdb_size,
                .mx_sb_len = sizeof(reply.sense),
                .dxfer_len = command->size,
                .dxferp = command->data,
                .cmdp = (unsigned char *)command->cdb, /* the interface is older than const */
                .sbp = reply.sense,
                .timeout = command->timeout_ms,
        };

        if (command->direction == SG_READ)
                memset(command->data, 0, command->size);
        if (ioctl(fd, SG_IO, &header) < 0)
                return -errno;
        if (header.host_status != 0)
                return -EIO;
        reply.status = header.status & 0x3e;
        reply.sense_size = header.sb_len_wr <= sizeof(reply.sense) ? header.sb_len_wr : sizeof(reply.sense);
        reply.received = header.resid > 0 && (uint32_t)header.resid <= command->size ? command->size - (uint32_t)header.resid
                                                                                     : command->size;
        *ret = reply;
        return 0;
}
