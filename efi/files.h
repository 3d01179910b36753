/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the partition that the image was started from, through the firmware's file system (UEFI 2.10, 13.4 and 13.5): read,
 * and one overwritten where it lies (efi/random-seed). Paths are UTF-8 with '/' between the parts. */
#ifndef CLEANSLATE_EFI_FILES_H
#define CLEANSLATE_EFI_FILES_H

#include "common/format/file-info.h"
#include "efi/platform.h"

/* EFI_NOT_FOUND: the device has no file system that firmware reads, or there is no device. */
EFI_STATUS files_open_volume(const struct platform *platform, EFI_HANDLE device, EFI_FILE_HANDLE *ret);

/* For reading. EFI_NOT_FOUND: there is none of the name, or it is none of that kind. */
EFI_STATUS files_open_directory(EFI_FILE_HANDLE from, const char *path, EFI_FILE_HANDLE *ret);
EFI_STATUS files_open(EFI_FILE_HANDLE from, const char *path, EFI_FILE_HANDLE *ret, uint64_t *ret_size_bytes);
void files_close(EFI_FILE_HANDLE file); /* NULL is fine */

/* Exactly `size` bytes from where the file is. EFI_END_OF_FILE: there are fewer. */
EFI_STATUS files_read(EFI_FILE_HANDLE file, void *into, size_t size);

/* A file that is there, for both; and all of it replaced by as many bytes, which are on the medium afterwards.
 * EFI_WRITE_PROTECTED, EFI_ACCESS_DENIED: the medium or the file is read-only. */
EFI_STATUS files_open_to_overwrite(EFI_FILE_HANDLE from, const char *path, EFI_FILE_HANDLE *ret, uint64_t *ret_size_bytes);
EFI_STATUS files_overwrite(EFI_FILE_HANDLE file, const void *data, size_t size);

/* Each entry whose name file-info.h takes, in no order; `visit` says false to end it. EFI_ABORTED: the directory does not end. */
EFI_STATUS files_each(EFI_FILE_HANDLE directory, bool (*visit)(void *context, const struct file_info *file), void *context);

#endif
