/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directory trees: reading them through (is the image intact?), and describing them as the factory manifest does. */
#ifndef CLEANSLATE_LINUX_TREE_READ_H
#define CLEANSLATE_LINUX_TREE_READ_H

#include "common/rebuild/manifest.h"
#include <stdint.h>

#define TREE_DEPTH_MAX 64 /* deeper nesting is an error, not a stack overflow */

struct tree_totals {
        uint64_t bytes, files;
};

/* Reads every byte of every file at and below `path`, wherever links within the root lead to: fails where dm-verity does. Adds to
 * *totals. */
int tree_read_through(int root_fd, const char *path, struct tree_totals *totals);

/* Describes the tree at `root_fd` as seen at `mount_point`, line by line in the manifest's order. */
int tree_describe(int root_fd, const char *mount_point, int (*line)(void *context, const char *text, size_t size), void *context);

#endif
