/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a whole storage device says about itself. Chooses the bus's adapter (media-nvme, media-ata, media-scsi, media-mmc);
 * decides nothing else, and only reads: media-purge.h is what destroys. */
#ifndef CLEANSLATE_LINUX_MEDIA_H
#define CLEANSLATE_LINUX_MEDIA_H

#include "common/media/media.h"
#include <stdbool.h>

/* Everything known about the whole disk at `path` ("/dev/nvme0n1"). Only reads. A device that answers no command still gives what
 * sysfs knows, with techniques = 0; -errno only where the device itself is missing (-ENOENT, -ENODEV) or cannot be opened. */
int media_read(const char *path, struct media_facts *ret);

/* True if both paths lie on one piece of hardware (namespaces of one controller or subsystem, LUNs do not count; hardware
 * partitions of one eMMC): purging one takes the other along. Errors count as true. */
bool media_same_device(const char *path_a, const char *path_b);

#endif
