/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one program of the verified image where it can write to the new volumes and to nothing else: no device but null, zero and
 * random, no network, no process but its own, and none of root's powers but those over files. */
#ifndef CLEANSLATE_INITRD_HOOK_CAGE_H
#define CLEANSLATE_INITRD_HOOK_CAGE_H

#include <stddef.h>

#define HOOK_OUTPUT_MAX 256 /* bytes of what it says that are kept, the NUL included */
#define HOOK_TIMED_OUT  124 /* as timeout(1) has it */

/* `argv[0]` is the program's path below root_path; `said` takes the first line of its output. The exit status, 128 and the number
 * of the signal that ended it, or HOOK_TIMED_OUT after `seconds`; negative errno: it could not be run. */
int hook_cage_run(const char *root_path, char *const argv[], unsigned seconds, char said[static HOOK_OUTPUT_MAX]);

#endif
