/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The free clusters of a FAT file system that is not mounted, and what it leaves of its partition. Nothing is allocated for
 * overwriting them, so there is nothing that a power cut could leave behind. fat_free_overwrite() destroys: it is called from
 * initrd/steps/esp-clean alone. */
#ifndef CLEANSLATE_LINUX_FAT_FREE_H
#define CLEANSLATE_LINUX_FAT_FREE_H

#include "linux/base/meter.h"

struct fat_free_bytes {
        uint64_t overwritten;
        uint64_t unused;   /* outside of tables and clusters: overwritten, too */
        uint64_t disputed; /* free by the first copy of the table and not by all: left as they are */
};

/* Writes zeros to every free cluster, and to whatever of the partition belongs neither to a cluster nor to a structure of the
 * file system, past the page cache, flushes, and reads them back. What structures leave undefined in their sectors goes, too: the
 * copy of the boot sector becomes one. -EBUSY: it is mounted. -EINVAL: no FAT, or one that contradicts itself. -EBADMSG:
 * something else was read back. Other errors are the device's. */
int fat_free_overwrite(const char *path, const struct meter *meter, struct fat_free_bytes *ret);

#endif
