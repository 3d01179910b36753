/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/media/media-ata-hidden.h"

#include "linux/media/ata-command.h"
#include <errno.h>

enum { READ_NATIVE_MAX = 0xf8, READ_NATIVE_MAX_EXT = 0x27 };
enum { ACCESSIBLE_MAX_GET = 0 };
enum { CONFIGURATION_IDENTIFY = 0xc2 };
#define LBA28_MASK 0xfffffff

int ata_native_sectors(int fd, const struct ata_abilities *abilities, uint64_t *ret)
{
        struct ata_registers registers;
        struct ata_command command = { .command = READ_NATIVE_MAX };

        if (abilities->amac)
                command = (struct ata_command){ .command = ATA_ACCESSIBLE_MAX, .features = ACCESSIBLE_MAX_GET, .extended = true };
        else if (!abilities->hpa)
                return -ENOSYS;
        else if (abilities->lba48)
                command = (struct ata_command){ .command = READ_NATIVE_MAX_EXT, .extended = true };
        int r = ata_send(fd, &command, &registers);
        if (r == 0 && registers.status == 0) /* no registers came back: a bridge that hides them */
                r = -EOPNOTSUPP;
        if (r == 0)
                *ret = (command.extended ? registers.lba : registers.lba & LBA28_MASK) + 1;
        return r;
}

int ata_factory_sectors(int fd, uint64_t *ret)
{
        uint8_t data[ATA_BLOCK_SIZE];
        int r = ata_send(
                fd, &(struct ata_command){ .command = ATA_CONFIGURATION, .features = CONFIGURATION_IDENTIFY, .receive = data },
                NULL);

        if (r == 0 && ata_configuration_sectors(data, sizeof(data), ret) != ERR_OK)
                r = -EIO;
        return r;
}

static struct media_hidden between(uint64_t visible, uint64_t all, uint32_t sector_bytes)
{
        return (struct media_hidden){ .known = true, .bytes = all > visible ? (all - visible) * sector_bytes : 0 };
}

void ata_hidden_read(int fd, const struct ata_abilities *abilities, struct media_hidden *ret_hpa, struct media_hidden *ret_dco)
{
        uint64_t native = abilities->sectors, factory;

        if (ata_native_sectors(fd, abilities, &native) == 0)
                *ret_hpa = between(abilities->sectors, native, abilities->sector_bytes);
        if (abilities->dco && ata_factory_sectors(fd, &factory) == 0)
                *ret_dco = between(native > abilities->sectors ? native : abilities->sectors, factory, abilities->sector_bytes);
}
