/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads EFI_FILE_INFO, what firmware tells about a file or gives for an entry of a directory (UEFI 2.10, 13.5.16). The names are
 * those of a file system that anybody can write to. */
#ifndef CLEANSLATE_COMMON_FILE_INFO_H
#define CLEANSLATE_COMMON_FILE_INFO_H

#include "common/base/bytes.h"
#include "common/base/err.h"

#define FILE_NAME_MAX 256 /* bytes with the NUL; what Linux takes for a name */

struct file_info {
        char name[FILE_NAME_MAX]; /* never empty, printable ASCII without separators of paths; not "." and ".." */
        uint64_t size_bytes;
        bool directory;
};

/* `size`: what firmware says that it has written. ERR_TRUNCATED: not a whole one. ERR_TOO_LARGE, ERR_ENCODING: a name that is too
 * long, or not as above. *ret is untouched then. */
enum err file_info_parse(const void *info, size_t size, struct file_info *ret);

/* The same without the name: of a file that is open by its own. ERR_TRUNCATED. */
enum err file_info_parse_nameless(const void *info, size_t size, struct file_info *ret);

#endif
