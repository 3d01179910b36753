/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares a walk over a rebuilt tree with the part of the factory manifest that describes it (docs/manifest.md), and names the
 * first file that is not as it should be. Pure: reads no tree, knows no digest; equal bytes are the only equality there is. */
#ifndef CLEANSLATE_COMMON_MANIFEST_COMPARE_H
#define CLEANSLATE_COMMON_MANIFEST_COMPARE_H

#include "common/base/bytes.h"
#include "common/policy/policy.h"

#define MANIFEST_DIFFERENCE_MAX 256

struct manifest_comparison {
        const char *at, *end; /* what the walk has still to show; views into the caller's part */
        uint64_t lines;       /* found equal */
        /* after an inequality: "/etc/fstab differs in its mode", "/etc/fstab is missing", "/etc/x should not be there"; paths as
         * the manifest writes them, long ones cut at the front */
        char difference[MANIFEST_DIFFERENCE_MAX];
};

/* What paths of a definition's tree begin with in the manifest: where it is mounted, or, where that says nothing of its own, the
 * name of its file, which has no slash. */
const char *manifest_tree_name(const struct policy *policy, size_t definition);

/* The lines of a definition's tree, whole and together; false if the manifest does not describe it. Where mount points of other
 * definitions lie below its own, their lines are theirs alone, but for the directory they are mounted on. */
bool manifest_part(struct bytes manifest, const struct policy *policy, size_t definition, struct bytes *ret);

void manifest_compare_begin(struct manifest_comparison *ret, struct bytes part);

/* The walk's next line, '\n' included. False: it is not the manifest's next one; the comparison is over then. */
bool manifest_compare_line(struct manifest_comparison *comparison, const char *line, size_t size);

/* The walk is over. False: the manifest describes more. */
bool manifest_compare_end(struct manifest_comparison *comparison);

#endif
