/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The areas that an ATA disk keeps from the host: host protected area (SET MAX ADDRESS), its successor in ACS-3 (accessible max
 * address) and the device configuration overlay. Only asks. */
#ifndef CLEANSLATE_LINUX_MEDIA_ATA_HIDDEN_H
#define CLEANSLATE_LINUX_MEDIA_ATA_HIDDEN_H

#include "common/media/ata-identify.h"

enum { ATA_ACCESSIBLE_MAX = 0x78, ATA_CONFIGURATION = 0xb1 }; /* the commands, each with several features */

/* How many there are in all. -ENOSYS: the device has neither of the two command sets. */
int ata_native_sectors(int fd, const struct ata_abilities *abilities, uint64_t *ret);

/* How many there were before a configuration overlay. */
int ata_factory_sectors(int fd, uint64_t *ret);

/* `known` stays false where the device has no such command or refuses it. */
void ata_hidden_read(int fd, const struct ata_abilities *abilities, struct media_hidden *ret_hpa, struct media_hidden *ret_dco);

#endif
