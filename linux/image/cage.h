/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one program of the verified image, a hook or a mkfs, where it can write to what it was given and to nothing else: the new
 * volumes that are mounted in the image, one block device, or a file in memory that stands in for one. No device but that, null,
 * zero and random, no network, no process but its own, and none of root's powers but those over files. */
#ifndef CLEANSLATE_LINUX_CAGE_H
#define CLEANSLATE_LINUX_CAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CAGE_OUTPUT_MAX 256 /* bytes of what it says that are kept, the NUL included */
#define CAGE_TIMED_OUT  124 /* as timeout(1) has it */
#define CAGE_FILE_FULL  125 /* it failed, and the memory that file_bytes may take was used up */
#define CAGE_DEVICE     "/dev/target"

/* Which line of what it says is kept. */
enum cage_line {
        CAGE_FIRST_LINE,      /* of both its outputs */
        CAGE_LAST_ERROR_LINE, /* of its standard error; its standard output goes to nobody */
};

struct cage {
        const char *root_path;
        bool is_bare;        /* root_path as a mount of its own, without what is mounted below it: a running system's root */
        dev_t device;        /* the block device that it sees as CAGE_DEVICE, whose cache the caller flushes then; 0 = none */
        uint64_t file_bytes; /* or the size of a file of that name, which is empty, in memory, and gone with the cage; 0 = none */
        const char *variable; /* "NAME=VALUE", into its environment; NULL = none */
        unsigned timeout_s;   /* 0 = none */
        enum cage_line line;
};

/* `argv[0]` is the program's path below root_path; `ret_line` takes a line of its output, made harmless
 * (common/base/safe-text.h). The exit status, 128 and the number of the signal that ended it, or CAGE_TIMED_OUT; negative errno:
 * it could not be run. */
int cage_run(const struct cage *cage, char *const argv[], char ret_line[static CAGE_OUTPUT_MAX]);

#endif
