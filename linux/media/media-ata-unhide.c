/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the hidden areas of an ATA disk, for good. Source: ACS-3. */
#include "linux/media/media-ata-hidden.h"
#include "linux/media/media-ata.h"
#include "linux/media/media-purge-adapter.h"
#include <errno.h>

enum { SET_MAX = 0xf9, SET_MAX_EXT = 0x37 };
enum { ACCESSIBLE_MAX_SET = 1, CONFIGURATION_RESTORE = 0xc0 };
enum { SET_FEATURES = 0xef, READ_LOOK_AHEAD_ON = 0xaa };
#define VALUE_VOLATILE_NOT 1 /* SET MAX's count: keep over power cycles */

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
                        .command = ATA_ACCESSIBLE_MAX, .features = ACCESSIBLE_MAX_SET, .lba = last, .extended = true
                };
        return ata_send(fd, &command, &registers) < 0 ? -EPERM : 0;
}

/* 0: the device agreed, or nothing was hidden. -EPERM: refused, as by a freeze lock. */
static int open_all(int fd, const struct ata_abilities *abilities)
{
        uint64_t native, factory;
        struct ata_registers registers;
        int r = ata_native_sectors(fd, abilities, &native);

        if (r == 0 && native > abilities->sectors)
                r = open_hpa(fd, abilities, native - 1);
        else if (r < 0)
                native = abilities->sectors;
        if (r == -EPERM)
                return r;
        /* second, because a restore is refused while a host protected area is set */
        if (abilities->dco && ata_factory_sectors(fd, &factory) == 0 && factory > native) {
                struct ata_command restore = { .command = ATA_CONFIGURATION, .features = CONFIGURATION_RESTORE };
                if (ata_send(fd, &restore, &registers) < 0)
                        return -EPERM;
        }
        /* harmless, and after it the kernel identifies the device anew, which it does not after the others */
        (void)ata_send(fd, &(struct ata_command){ .command = SET_FEATURES, .features = READ_LOOK_AHEAD_ON }, &registers);
        return 0;
}

int media_ata_unhide(int fd, uint64_t *ret_bytes)
{
        struct media_facts now = { 0 };
        struct ata_abilities abilities;
        int r = media_ata_identify(fd, &now, &abilities);

        if (r == 0)
                r = open_all(fd, &abilities);
        if (r == 0)
                r = media_ata_identify(fd, &now, &abilities);
        if (r < 0)
                return r;
        ata_hidden_read(fd, &abilities, &now.hpa, &now.dco);
        if (now.hpa.bytes != 0 || now.dco.bytes != 0)
                return -EAGAIN;
        *ret_bytes = abilities.sectors * abilities.sector_bytes;
        return 0;
}
