/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which disk this machine was started from: the one with the partition that the boot loader came from. Does not wait. */
#ifndef CLEANSLATE_LINUX_BOOT_DISK_H
#define CLEANSLATE_LINUX_BOOT_DISK_H

#include "linux/base/blockdev.h"
#include "linux/efi/efivarfs.h"

/* The unique GUID of the partition that the stub, or else the boot loader in front of it, was started from (Boot Loader
 * Interface: StubDevicePartUUID, LoaderDevicePartUUID; as volatile variables, since a lasting one is the running system's).
 * False: nobody has said. */
bool boot_partition_read(const struct efivarfs *variables, struct guid *ret);

/* The variable of the interface that holds a partition's GUID, likewise. */
bool loader_partition_read(const struct efivarfs *variables, const char *name, struct guid *ret);

/* How many disks carry a partition with this unique GUID; ret_path is the first one's, untouched if there is none. Two that do
 * (a clone) must never be chosen between. */
unsigned boot_disk_find(const struct guid *partition, char ret_path[static DEVICE_PATH_MAX]);

#endif
