/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directory trees: reading them through (is the image intact?), copying them with everything that belongs to a file, and
 * describing them as the factory manifest does. */
#ifndef CLEANSLATE_INITRD_TREE_H
#define CLEANSLATE_INITRD_TREE_H

#include "common/manifest.h"
#include "linux/blockdev.h"

#define TREE_DEPTH_MAX 64 /* deeper nesting is an error, not a stack overflow */

struct tree_totals {
        uint64_t bytes, files;
};

/* Reads every byte of every file below `path` (a file or a directory): fails where dm-verity does. Adds to *totals. */
int tree_read_through(int root_fd, const char *path, struct tree_totals *totals);

/* Copies `source` below root_fd to `target` (absolute, below target_root_fd): owners, modes, times, extended attributes, links,
 * device nodes. A source directory is merged into an existing target directory, which takes its attributes. *done_bytes counts
 * for the meter. */
int tree_copy(int root_fd, const char *source, int target_root_fd, const char *target, const struct meter *meter,
              uint64_t *done_bytes, uint64_t total_bytes);

/* Describes the tree at `root_fd` as seen at `mount_point`, line by line in the manifest's order. */
int tree_describe(int root_fd, const char *mount_point, int (*line)(void *context, const char *text, size_t size), void *context);

#endif
