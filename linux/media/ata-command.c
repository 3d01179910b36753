/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/media/ata-command.h"

#include "common/media/scsi-vpd.h"
#include "linux/media/scsi-generic.h"
#include <errno.h>

#define OPCODE          0x85
#define TIMEOUT_MS      30000
#define DEVICE_LBA      0x40
#define LENGTH_IN_COUNT 2      /* T_LENGTH: the transfer's size is in the count field */
#define IN_BLOCKS       1 << 2 /* BYT_BLOK */
#define FROM_DEVICE     1 << 3 /* T_DIR */
#define CHECK_CONDITION 1 << 5 /* CK_COND: registers come back as sense data */
#define STATUS_CHECK    2
enum { PROTOCOL_NONE = 3, PROTOCOL_IN = 4, PROTOCOL_OUT = 5 };

static void wrap(const struct ata_command *command, bool registers, uint8_t ret[static 16])
{
        bool data = command->send || command->receive;
        int protocol = command->receive ? PROTOCOL_IN : command->send ? PROTOCOL_OUT : PROTOCOL_NONE;
        uint16_t count = data ? 1 : command->count;

        ret[0] = OPCODE;
        ret[1] = (uint8_t)(protocol << 1 | command->extended);
        ret[2] = (uint8_t)((registers ? CHECK_CONDITION : 0) | (data ? LENGTH_IN_COUNT | IN_BLOCKS : 0) |
                           (command->receive ? FROM_DEVICE : 0));
        ret[3] = (uint8_t)(command->features >> 8);
        ret[4] = (uint8_t)command->features;
        ret[5] = (uint8_t)(count >> 8);
        ret[6] = (uint8_t)count;
        ret[7] = (uint8_t)(command->lba >> 24);
        ret[8] = (uint8_t)command->lba;
        ret[9] = (uint8_t)(command->lba >> 32);
        ret[10] = (uint8_t)(command->lba >> 8);
        ret[11] = (uint8_t)(command->lba >> 40);
        ret[12] = (uint8_t)(command->lba >> 16);
        ret[13] = DEVICE_LBA;
        if (!command->extended) /* 28 bits: the uppermost four are in the device register */
                ret[13] |= command->lba >> 24 & 0xf;
        ret[14] = command->command;
        ret[15] = 0;
}

/* What became of it, from the reply alone. */
static int judge(const struct sg_reply *reply, struct ata_registers *registers)
{
        struct scsi_sense sense = { 0 };

        if (ata_registers_parse(reply->sense, reply->sense_size, registers) == ERR_OK)
                return registers->status & (ATA_STATUS_ERROR | ATA_STATUS_FAULT) ? -EIO : 0;
        if (reply->status == 0)
                return 0;
        if (scsi_sense_parse(reply->sense, reply->sense_size, &sense) == ERR_OK && sense.key == SCSI_SENSE_ILLEGAL)
                return -EOPNOTSUPP;
        return -EIO;
}

int ata_send(int fd, const struct ata_command *command, struct ata_registers *ret)
{
        struct ata_registers registers = { 0 };
        struct sg_reply reply;
        uint8_t cdb[16];

        wrap(command, ret != NULL, cdb);
        int r = sg_send(fd,
                        &(struct sg_command){
                                .cdb = cdb,
                                .cdb_size = sizeof(cdb),
                                .direction = command->receive ? SG_READ
                                             : command->send  ? SG_WRITE
                                                              : SG_NONE,
                                .data = command->receive ? command->receive : (void *)command->send,
                                .size = command->receive || command->send ? ATA_BLOCK_SIZE : 0,
                                .timeout_ms = command->timeout_ms ? command->timeout_ms : TIMEOUT_MS,
                        },
                        &reply);
        if (r < 0)
                return r;
        r = judge(&reply, &registers);
        if (r == 0 && command->receive && reply.received < ATA_BLOCK_SIZE)
                r = -EIO;
        if (ret)
                *ret = registers;
        return r;
}
