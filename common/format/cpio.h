/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a small "newc" cpio archive (Linux Documentation/driver-api/early-userspace/buffer-format.rst): the files the stub
 * hands to the initrd. Writing only; nothing here reads cpio. */
#ifndef CLEANSLATE_COMMON_CPIO_H
#define CLEANSLATE_COMMON_CPIO_H

#include "common/base/bytes.h"
#include "common/base/err.h"

/* Appends to `writer`; check writer->overflow at the end. Parents must be added first. Inode numbers come from *inode. */
void cpio_directory(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode);
void cpio_file(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode, struct bytes content);
void cpio_trailer(struct writer *writer); /* and padding to 4 bytes */

/* An upper bound for one entry, for sizing the buffer. */
size_t cpio_entry_size_max(const char *path, size_t content_size);

#endif
