/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image's own mkfs: where it is, and whether it can be read. Running it is initrd/steps/make-file-system's. */
#ifndef CLEANSLATE_LINUX_FILE_SYSTEM_MAKER_H
#define CLEANSLATE_LINUX_FILE_SYSTEM_MAKER_H

#include "common/format/gpt.h"

#define FILE_SYSTEM_MAKER_PATH_MAX  64
#define FILE_SYSTEM_MAKER_WORDS_MAX 12
#define FILE_SYSTEM_MAKER_VARIABLE  "MKE2FS_CONFIG=/usr/share/factory/etc/mke2fs.conf" /* /etc is a mount point in the image */

/* How it is called: a command line that ends with NULL, with room for its first word. */
struct file_system_maker {
        char path[FILE_SYSTEM_MAKER_PATH_MAX];
        char label[PARTITION_NAME_MAX];
        char *words[FILE_SYSTEM_MAKER_WORDS_MAX];
};

/* "/usr/sbin/mkfs.ext4", in the image. */
void file_system_maker_path(const char *format, char ret[static FILE_SYSTEM_MAKER_PATH_MAX]);

/* Makes a file system on `target`, whatever is there; its label is as much of `label` as it takes. `target` is borrowed. */
void file_system_maker_command(const char *format, const char *label, const char *target, struct file_system_maker *ret);

/* Reads the program through dm-verity, wherever links within the image lead to. -ENOENT: the image has none for this format, or a
 * link to nothing; -EACCES: nobody may execute it; -ENOEXEC: it is empty, or no file. */
int file_system_maker_check(int root_fd, const char *format);

#endif
