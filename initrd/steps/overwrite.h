/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Overwriting a range and reading it back, as one act of a reset. Destroys: reached through execute_step() alone. */
#ifndef CLEANSLATE_INITRD_OVERWRITE_H
#define CLEANSLATE_INITRD_OVERWRITE_H

#include "initrd/reset-state.h"

struct overwriting {
        const char *path; /* of the partition, or of the disk */
        uint64_t offset_bytes, length_bytes;
        uint64_t start_bytes; /* of the range on the disk, or of its partition: what the progress and the keystream's key know it
                                 by */
        enum erase_pattern pattern;
        enum verification verification;
        bool write_only;        /* the device is not asked to write zeros by itself: for keys, where only what was sent counts */
        bool resumable;         /* the progress is told how far it came: contents, in ascending order, and nothing else */
        uint64_t resume_bytes;  /* an interrupted attempt came so far */
        uint64_t rewrite_bytes; /* but the first so many were written otherwise since: once more, then */
};

/* Adds to *outcome, whatever it held. 0 means carried through: bad sectors are in the outcome. Negative errno with trouble set.
 */
int overwrite_and_read_back(struct reset *reset, const struct overwriting *what, struct erase_outcome *outcome);

#endif
