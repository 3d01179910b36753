/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes stock of a disk for common/plan/inventory.h: the partition table, roles, and the first bytes of each partition. */
#ifndef CLEANSLATE_LINUX_INVENTORY_H
#define CLEANSLATE_LINUX_INVENTORY_H

#include "common/plan/inventory.h"
#include "common/state/progress.h"
#include "linux/base/blockdev.h"

/* Fills everything about the disk; what is known about TPM and firmware stays, roles of the image that were marked stay. esp (may
 * be NULL) is the partition we were started from; only this one is ROLE_ESP, each time its PARTUUID occurs. */
int inventory_read_disk(const char *disk_path, const struct guid *esp, struct inventory *inventory);

/* The partition with this unique GUID carries a part of the running image: never touched. */
void inventory_mark_image(struct inventory *inventory, const struct guid *uuid);

/* The device node of the partition with this unique GUID. -ENODEV; -ENOTUNIQ: several partitions claim it, and nobody can say
 * which one is meant. */
int inventory_partition_path(const struct inventory *inventory, const struct guid *uuid, char ret[static DEVICE_PATH_MAX]);

/* What a volume begins with. A look at the magic alone (LUKS2 On-Disk Format, 2.1), and nothing is parsed: whether all that was
 * ever written there may have been ciphertext. What cannot be read, or is shorter than 128 KiB, is CONTENT_UNKNOWN. */
enum partition_content inventory_look_at(const char *path);

#endif
