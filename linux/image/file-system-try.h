/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the image's own mkfs can make a file system, found out before anything is erased: it makes one in memory, of the same
 * size and label, by the same command line, in the cage that it will be run in. Writes nothing. */
#ifndef CLEANSLATE_LINUX_FILE_SYSTEM_TRY_H
#define CLEANSLATE_LINUX_FILE_SYSTEM_TRY_H

#include "linux/image/cage.h"

#define FILE_SYSTEM_TRY_SECONDS 30 /* of a mkfs that has nothing to write to but memory */

struct file_system_trial {
        const char *root_path;
        bool is_bare; /* as struct cage has it */
        const char *format, *label;
        uint64_t size_bytes;
        unsigned timeout_s; /* 0 = FILE_SYSTEM_TRY_SECONDS */
};

/* 0: it does, or as far as the memory for it goes, it does: 256 MiB, or a quarter of the machine's. Its exit status, with the
 * last line of its complaints in ret_line; -ETIME: it does not end; other negative errno: it could not be started. */
int file_system_try(const struct file_system_trial *trial, char ret_line[static CAGE_OUTPUT_MAX]);

#endif
