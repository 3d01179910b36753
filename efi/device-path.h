/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads EFI device paths (UEFI 2.10, chapter 10): which disk, partition and file an image came from. */
#ifndef CLEANSLATE_EFI_DEVICE_PATH_H
#define CLEANSLATE_EFI_DEVICE_PATH_H

#include "common/base/bytes.h"
#include "efi/platform.h"

/* The GPT partition GUID of a device handle; false where it is none (network, MBR, CD). */
bool device_path_partition(const struct platform *platform, EFI_HANDLE device, struct guid *ret);

/* The disk that a partition's handle is on. EFI_NOT_FOUND: the device is no partition, or its disk is not to be had. */
EFI_STATUS device_path_disk(const struct platform *platform, EFI_HANDLE partition, EFI_HANDLE *ret);

/* Appends the file's path as UTF-8 with backslashes ("\EFI\Linux\a.efi"); nothing if the path names no file. False: not all of it
 * is text; what is readable was appended. */
bool device_path_file(const EFI_DEVICE_PATH *path, struct writer *writer);

/* The whole path of a file ("EFI/Linux/a.efi") on a device: pool memory, for the caller to release; NULL: no memory, or the
 * device has no path. */
EFI_DEVICE_PATH *device_path_of_file(const struct platform *platform, EFI_HANDLE device, const char *file);

#endif
