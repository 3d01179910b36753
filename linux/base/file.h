/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole small files: reading with a bound, writing all or nothing. */
#ifndef CLEANSLATE_LINUX_FILE_H
#define CLEANSLATE_LINUX_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Opens a regular file for reading and nothing else: a FIFO nobody writes to is not waited for, a device not touched. `flags`
 * (O_NOFOLLOW, for example) are added. A descriptor, or negative errno: -EISDIR, -EBADFD (neither a file nor a directory). */
int file_open_regular(int directory_fd, const char *path, int flags);

/* Reads the whole regular file at `path` below `directory_fd` (AT_FDCWD for the usual meaning). *ret_data is malloc()ed with a
 * NUL appended beyond *ret_size; the caller frees. -E2BIG if larger than `max`; else as file_open_regular(). */
int file_read(int directory_fd, const char *path, size_t max, char **ret_data, size_t *ret_size);

/* What a negative errno of these two means, for a message. */
const char *file_read_error_text(int error);

/* Writes all of `data` with write(2), resuming short writes. */
int write_all(int fd, const void *data, size_t size);

/* Replaces `path` atomically: temporary file beside it, which is always a new one, fsync, rename, fsync of the directory. */
int file_replace(int directory_fd, const char *path, const void *data, size_t size, uint32_t mode);

/* One write to an existing kernel file (sysfs, /dev/kmsg). */
int file_write_existing(const char *path, const char *text);

/* mkdir -p below directory_fd; existing directories are fine. */
int make_directories(int directory_fd, const char *path, uint32_t mode);

#endif
