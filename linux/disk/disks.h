/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes stock of a machine's disks for common/plan/disk-choice: where each is plugged in, whether it is built in, what it says of
 * itself, which share a piece of hardware. Reads sysfs, asks the devices, looks at six bytes of each; changes nothing. */
#ifndef CLEANSLATE_LINUX_DISKS_H
#define CLEANSLATE_LINUX_DISKS_H

#include "common/plan/inventory.h"

/* Fills the inventory's disks, the one at inventory->disk_path among them. A disk that does not answer is listed with what is
 * known. */
int disks_read(struct inventory *inventory);

/* Another disk than inventory->disk_path whose GPT has the same disk GUID, or a partition with the unique GUID `esp` (may be
 * NULL): a copy of it. 1 and its path, 0 = none, negative errno. */
int disks_find_copy(const struct inventory *inventory, const struct guid *esp,
                    char ret_path[static sizeof(((struct inventory *)0)->disk_path)]);

/* The parts that sysfs alone tells, below any root, for tests. `sysfs` is "/sys" and `name` "sda". */

/* "/sys/devices/..." as it is below the real root. An NVMe disk with several paths is where its first controller is. */
int disk_syspath_read(const char *sysfs, const char *name, char ret[static DISK_SYSPATH_MAX]);

/* On USB, FireWire, Thunderbolt or PCMCIA, below a slot that the firmware calls external, an SD card, or behind a network. */
bool disk_is_external(const char *sysfs, const char *syspath);

bool disk_is_virtual(const char *syspath);

/* Something holds the disk or a partition of it (device-mapper, md). */
bool disk_has_holders(const char *sysfs, const char *name);

#endif
