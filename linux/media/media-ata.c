/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ATA disks: identity, health, how a sanitize stands. Only asks. Hidden areas are media-ata-hidden's. Source: ACS-3, 7.36. */
#include "linux/media/media-ata.h"

#include "linux/media/media-adapter.h"
#include "linux/media/media-ata-hidden.h"
#include <errno.h>

enum { IDENTIFY_DEVICE = 0xec, SMART = 0xb0 };
enum { SMART_READ_DATA = 0xd0, SMART_RETURN_STATUS = 0xda };
enum { SANITIZE_STATUS = 0x00 };

#define SMART_SIGNATURE      0xc24f00 /* LBA 23:8; the answer "threshold exceeded" is F4h 2Ch */
#define SMART_EXCEEDED       0x2cf400
#define SMART_SIGNATURE_MASK 0xffff00
int media_ata_identify(int fd, struct media_facts *facts, struct ata_abilities *ret)
{
        uint8_t data[ATA_BLOCK_SIZE];
        int r = ata_send(fd, &(struct ata_command){ .command = IDENTIFY_DEVICE, .receive = data }, NULL);

        if (r == 0 && ata_identify_parse(data, sizeof(data), facts, ret) != ERR_OK)
                r = -EIO;
        return r;
}

int media_ata_sanitize_status(int fd, uint16_t count, struct ata_sanitize_status *ret, struct ata_registers *ret_registers)
{
        struct ata_registers registers = { 0 };
        int r = ata_send(
                fd,
                &(struct ata_command){ .command = ATA_SANITIZE, .features = SANITIZE_STATUS, .count = count, .extended = true },
                &registers);

        if ((r == 0 || (r == -EIO && registers.status != 0)) && ata_sanitize_parse(&registers, ret) == ERR_OK)
                r = 0;
        else if (r == 0)
                r = -EIO;
        *ret_registers = registers;
        return r;
}

static void read_health(int fd, struct media_health *ret)
{
        uint8_t data[ATA_BLOCK_SIZE];
        struct ata_registers registers = { 0 };
        struct ata_command command = { .command = SMART, .features = SMART_READ_DATA, .lba = SMART_SIGNATURE, .receive = data };

        if (ata_send(fd, &command, NULL) == 0)
                (void)ata_smart_parse(data, sizeof(data), ret);
        command = (struct ata_command){ .command = SMART, .features = SMART_RETURN_STATUS, .lba = SMART_SIGNATURE };
        if (ata_send(fd, &command, &registers) < 0)
                return;
        ret->known = true;
        ret->failing = (registers.lba & SMART_SIGNATURE_MASK) == SMART_EXCEEDED;
}

int media_ata_read(int fd, struct media_facts *facts)
{
        struct ata_abilities abilities;
        struct ata_sanitize_status status;
        struct ata_registers registers;
        int r = media_ata_identify(fd, facts, &abilities);

        if (r < 0)
                return r;
        if (abilities.smart)
                read_health(fd, &facts->health);
        if (abilities.sanitize && media_ata_sanitize_status(fd, 0, &status, &registers) == 0) {
                facts->sanitize_busy = status.state == ATA_SANITIZE_RUNNING;
                facts->sanitize_failed = status.state == ATA_SANITIZE_FAILED;
                facts->sanitize_frozen = status.frozen;
        }
        ata_hidden_read(fd, &abilities, &facts->hpa, &facts->dco);
        return 0;
}
