/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One ATA command, wrapped in ATA PASS-THROUGH(16) (SAT-3, 12.2.2). */
#ifndef CLEANSLATE_LINUX_ATA_COMMAND_H
#define CLEANSLATE_LINUX_ATA_COMMAND_H

#include "common/media/ata-identify.h"

struct ata_command {
        uint8_t command;
        uint16_t features, count;
        uint64_t lba;        /* 48 bits */
        bool extended;       /* the 48-bit command set */
        const void *send;    /* 512 bytes to the device, or NULL */
        void *receive;       /* 512 bytes from the device, or NULL */
        unsigned timeout_ms; /* 0: 30 s */
};

/* ret (may be NULL) gets the registers, also with -EIO. 0: done. -EIO: the device ended it with an error. -EOPNOTSUPP: what is in
 * between does not pass the command on. */
int ata_send(int fd, const struct ata_command *command, struct ata_registers *ret);

#endif
