/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a CopyFiles= leaves out of its source, as systemd-repart 262 has it: what ExcludeFiles= and ExcludeFilesTarget= say, what
 * is in the directories for the kernel's file systems and for temporary files, and, in a root file system, where others are
 * mounted. Pure: asked by the image's builder and by the initrd. */
#ifndef CLEANSLATE_COMMON_COPY_EXCLUDES_H
#define CLEANSLATE_COMMON_COPY_EXCLUDES_H

#include "common/policy/policy.h"

#define COPY_EXCLUDES_MAX      128
#define COPY_EXCLUDES_PATH_MAX (2 * POLICY_PATH_MAX)

struct copy_exclude {
        char path[COPY_EXCLUDES_PATH_MAX]; /* absolute, in the image */
        bool contents;                     /* what is below it alone */
};

struct copy_excludes {
        struct copy_exclude paths[COPY_EXCLUDES_MAX];
        size_t count;
};

/* Of the copy with that index. False: nothing of it is copied at all. */
bool copy_excludes_find(const struct policy *policy, size_t definition, size_t copy, struct copy_excludes *ret);

/* Whether a file of the image, by its absolute path without links, is left out. */
bool copy_excludes_has(const struct copy_excludes *excludes, const char *path);

#endif
