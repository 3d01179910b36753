/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image's own mkfs: where it is, and whether it can be read. Running it is initrd/steps/make-file-system's. */
#ifndef CLEANSLATE_LINUX_FILE_SYSTEM_MAKER_H
#define CLEANSLATE_LINUX_FILE_SYSTEM_MAKER_H

#define FILE_SYSTEM_MAKER_PATH_MAX 64

/* "/usr/sbin/mkfs.ext4", in the image. */
void file_system_maker_path(const char *format, char ret[static FILE_SYSTEM_MAKER_PATH_MAX]);

/* Reads the program through dm-verity. -ENOENT: the image has none for this format. */
int file_system_maker_check(int root_fd, const char *format);

#endif
