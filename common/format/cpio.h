/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a small "newc" cpio archive (Linux Documentation/driver-api/early-userspace/buffer-format.rst): the files the stub
 * hands to the initrd. Byte by byte as systemd-stub writes it, because what is measured of it is predicted by others: inode
 * numbers from 1, no times, digits in lower case, but in the trailer. Writing only; nothing here reads cpio. */
#ifndef CLEANSLATE_COMMON_CPIO_H
#define CLEANSLATE_COMMON_CPIO_H

#include "common/base/bytes.h"
#include "common/base/err.h"

/* Appends to `writer`; check writer->overflow at the end. Parents must be added first. Inode numbers come from *inode. */
void cpio_directory(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode);
void cpio_file(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode, struct bytes content);
/* The same, with `size` bytes of content for the caller to put in place; NULL: overflow. */
uint8_t *cpio_file_space(struct writer *writer, uint32_t *inode, const char *path, uint32_t mode, size_t size);
void cpio_trailer(struct writer *writer); /* and padding to 4 bytes */

/* An upper bound for one entry, for sizing the buffer. */
size_t cpio_entry_size_max(const char *path, size_t content_size);

#endif
