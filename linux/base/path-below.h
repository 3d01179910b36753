/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a path leads within a root directory that is not "/": every link, also an absolute one, is followed inside of it. By
 * text, since openat2(2) is not to be had where systemd restricts SUID bits; so only for a tree that nobody changes meanwhile. */
#ifndef CLEANSLATE_LINUX_PATH_BELOW_H
#define CLEANSLATE_LINUX_PATH_BELOW_H

#include <stddef.h>

/* Fills *ret with the path below root_fd, without links, "." and ".." ("" = the root itself). -ENOENT: it leads to what is not
 * there, and *ret tells where to; -ELOOP: more than 40 links; -ENAMETOOLONG: not within `capacity` bytes. */
int path_below(int root_fd, const char *path, char *ret, size_t capacity);

/* The same by the links of root_fd's own file system alone: those of what is mounted below it are anybody's who can write there.
 * -EXDEV: one of these is on the way. */
int path_below_own(int root_fd, const char *path, char *ret, size_t capacity);

/* The same by no link at all. */
int path_below_plain(int root_fd, const char *path, char *ret, size_t capacity);

#endif
