/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a new file system, as its definition has them: CopyFiles=, then MakeDirectories=, then MakeSymlinks=, and in a
 * root volume what a root file system has besides (common/policy/policy-root.h). What is there in the end depends on the
 * definition and the image alone: what neither gives a time has the epoch's, and no directory's time tells what was put into it
 * when. images/volumes.py does the same in memory, for the manifest. */
#ifndef CLEANSLATE_INITRD_TREE_FILL_H
#define CLEANSLATE_INITRD_TREE_FILL_H

#include "common/policy/policy.h"
#include "linux/base/meter.h"

struct tree_fill {
        int image_fd; /* the image's root */
        int fd;       /* the new file system's root */
        const struct policy *policy;
        size_t definition;
        const struct meter *meter;
        uint64_t total_bytes;
};

/* 0, or negative errno. *done_bytes counts what was copied. */
int tree_fill(const struct tree_fill *what, uint64_t *done_bytes);

#endif
