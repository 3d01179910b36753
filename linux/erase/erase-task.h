/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the erase engine is asked to do, and what came of it. */
#ifndef CLEANSLATE_LINUX_ERASE_TASK_H
#define CLEANSLATE_LINUX_ERASE_TASK_H

#include "common/erase/erase-outcome.h"

#define ERASE_KEY_SIZE 32

/* One range of one device. The caller fills the first part and zeroes the rest; a task that was written is verified with the same
 * struct. Two tasks of one call must not name the same disk (they would only disturb each other). */
struct erase_task {
        const char *path;                    /* of a disk or partition; a regular file also works */
        uint64_t offset_bytes, length_bytes; /* whole logical sectors, else -EINVAL */
        enum erase_pattern pattern;
        uint8_t key[ERASE_KEY_SIZE]; /* of PATTERN_KEYSTREAM; see erase_derive_key() */
        uint64_t resume_bytes;       /* of the range, from its start: written and flushed before; writing begins behind it */
        bool write_only; /* never BLKZEROOUT, even where the device offers it: for keys, and for a device whose offload was found
                            to lie */
        enum verification verification; /* how erase_overwrite() reads it back */

        int result; /* 0, or negative errno: the task could not be carried through (device gone, no access, flush failed). Bad
                       sectors are no such error: they are in the outcome */
        bool failed_reading; /* of erase_overwrite(): `result` is the read-back's */
        struct erase_outcome outcome;
};

#endif
