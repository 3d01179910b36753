/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scope-bound release of what every Linux-side file opens: file descriptors, memory, streams, directories. */
#ifndef CLEANSLATE_LINUX_CLEANUP_H
#define CLEANSLATE_LINUX_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void close_fd(int *fd)
{
        if (*fd >= 0)
                (void)close(*fd);
}

static inline void free_pointer(void *pointer)
{
        free(*(void **)pointer);
}

static inline void close_directory(DIR **directory)
{
        if (*directory)
                (void)closedir(*directory);
}

static inline void close_stream(FILE **stream)
{
        if (*stream)
                (void)fclose(*stream);
}

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_close_     _cleanup_(close_fd)
#define _cleanup_free_      _cleanup_(free_pointer)
#define _cleanup_closedir_  _cleanup_(close_directory)
#define _cleanup_fclose_    _cleanup_(close_stream)

#endif
