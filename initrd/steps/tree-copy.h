/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directory trees: copying them with everything that belongs to a file. Reading and describing them is
 * linux/image/tree-list-read's.
 */
#ifndef CLEANSLATE_INITRD_TREE_H
#define CLEANSLATE_INITRD_TREE_H

#include "common/rebuild/copy-excludes.h"
#include "linux/base/meter.h"
#include "linux/image/tree-list-read.h"
#include <stdbool.h>

struct tree_copy {
        int from_fd;                                   /* the source's root */
        const char *source;                            /* below it, without links and leading slash; "" = all of it */
        const struct copy_excludes *excludes;          /* by absolute paths, without links; NULL = none */
        int to_fd;                                     /* the target's root */
        const char *target;                            /* below it, without leading slash; "" = the root itself */
        const char *place;                             /* where that is in the new file system, as an absolute path */
        const struct partition_definition *definition; /* of the new file system; NULL = one of no particular kind */
        bool dresses_target;                           /* a directory that is there as the target takes the source's attributes */
        const struct meter *meter;                     /* NULL = nobody looks */
        uint64_t total_bytes;
};

/* Copies owners, modes, times, extended attributes, links, device nodes; to vfat, which has none of them, contents and times. A
 * directory that is there already is filled and stays what it was, its time included; another file that is there already is
 * replaced by a file of a source directory, and an error
 * (-EEXIST) where the source is a single file: both as systemd-repart has it. *done_bytes counts for the meter. */
int tree_copy(const struct tree_copy *what, uint64_t *done_bytes);

#endif
