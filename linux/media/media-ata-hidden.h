/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The areas that an ATA disk keeps from the host: host protected area (SET MAX ADDRESS), its successor in ACS-3 (accessible max
 * address) and the device configuration overlay. */
#ifndef CLEANSLATE_LINUX_MEDIA_ATA_HIDDEN_H
#define CLEANSLATE_LINUX_MEDIA_ATA_HIDDEN_H

#include "common/media/ata-identify.h"

/* Asks; `known` stays false where the device has no such command or refuses it. */
void ata_hidden_read(int fd, const struct ata_abilities *abilities, struct media_hidden *ret_hpa, struct media_hidden *ret_dco);

/* Opens both, for good. 0: the device agreed, or nothing was hidden. -EPERM: refused, as by a freeze lock. */
int ata_hidden_open(int fd, const struct ata_abilities *abilities);

#endif
