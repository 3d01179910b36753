/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/media/media-ata-hidden.h"

#include "linux/media/ata-command.h"
#include <errno.h>

enum { READ_NATIVE_MAX = 0xf8, READ_NATIVE_MAX_EXT = 0x27, SET_MAX = 0xf9, SET_MAX_EXT = 0x37 };
enum { ACCESSIBLE_MAX = 0x78, ACCESSIBLE_MAX_GET = 0, ACCESSIBLE_MAX_SET = 1 };
enum { CONFIGURATION = 0xb1, CONFIGURATION_RESTORE = 0xc0, CONFIGURATION_IDENTIFY = 0xc2 };
enum { SET_FEATURES = 0xef, READ_LOOK_AHEAD_ON = 0xaa };
#define VALUE_VOLATILE_NOT 1 /* SET MAX's count: keep over power cycles */
#define LBA28_MASK         0xfffffff

/* -ENOSYS: neither of the two sets */
static int native_sectors(int fd, const struct ata_abilities *abilities, uint64_t *ret)
{
        struct ata_registers registers;
        struct ata_command command = { .command = READ_NATIVE_MAX };

        if (abilities->amac)
                command = (struct ata_command){ .command = ACCESSIBLE_MAX, .features = ACCESSIBLE_MAX_GET, .extended = true };
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

static int factory_sectors(int fd, uint64_t *ret)
{
        uint8_t data[ATA_BLOCK_SIZE];
        int r = ata_send(
                fd, &(struct ata_command){ .command = CONFIGURATION, .features = CONFIGURATION_IDENTIFY, .receive = data }, NULL);

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

        if (native_sectors(fd, abilities, &native) == 0)
                *ret_hpa = between(abilities->sectors, native, abilities->sector_bytes);
        if (abilities->dco && factory_sectors(fd, &factory) == 0)
                *ret_dco = between(native > abilities->sectors ? native : abilities->sectors, factory, abilities->sector_bytes);
}

/* The command has to follow READ NATIVE MAX at once. */
static int open_hpa(int fd, const struct ata_abilities *abilities, uint64_t last)
{
        struct ata_registers registers;
        struct ata_command command = { .command = abilities->lba48 ? SET_MAX_EXT : SET_MAX,
                                       .count = VALUE_VOLATILE_NOT,
                                       .lba = last,
                                       .extended = abilities->lba48 };

        if (abilities->amac)
                command = (struct ata_command){
                        .command = ACCESSIBLE_MAX, .features = ACCESSIBLE_MAX_SET, .lba = last, .extended = true
                };
        return ata_send(fd, &command, &registers) < 0 ? -EPERM : 0;
}

int ata_hidden_open(int fd, const struct ata_abilities *abilities)
{
        uint64_t native, factory;
        struct ata_registers registers;
        int r = native_sectors(fd, abilities, &native);

        if (r == 0 && native > abilities->sectors)
                r = open_hpa(fd, abilities, native - 1);
        else if (r < 0)
                native = abilities->sectors;
        if (r == -EPERM)
                return r;
        /* second, because a restore is refused while a host protected area is set */
        if (abilities->dco && factory_sectors(fd, &factory) == 0 && factory > native) {
                struct ata_command restore = { .command = CONFIGURATION, .features = CONFIGURATION_RESTORE };
                if (ata_send(fd, &restore, &registers) < 0)
                        return -EPERM;
        }
        /* harmless, and after it the kernel identifies the device anew, which it does not after the others */
        (void)ata_send(fd, &(struct ata_command){ .command = SET_FEATURES, .features = READ_LOOK_AHEAD_ON }, &registers);
        return 0;
}
