/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directory trees: copying them with everything that belongs to a file. Reading and describing them is
 * linux/image/tree-list-read's.
 */
#ifndef CLEANSLATE_INITRD_TREE_H
#define CLEANSLATE_INITRD_TREE_H

#include "linux/base/meter.h"
#include "linux/image/tree-list-read.h"

/* Copies `source` below root_fd to `target` (absolute, below target_root_fd): owners, modes, times, extended attributes, links,
 * device nodes. A source directory is merged into an existing target directory, which takes its attributes. *done_bytes counts
 * for the meter. */
int tree_copy(int root_fd, const char *source, int target_root_fd, const char *target, const struct meter *meter,
              uint64_t *done_bytes, uint64_t total_bytes);

#endif
