/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the verified image's own mkfs, in a cage that shows it the one device. */
#ifndef CLEANSLATE_INITRD_MAKE_FILE_SYSTEM_H
#define CLEANSLATE_INITRD_MAKE_FILE_SYSTEM_H

#include "linux/image/cage.h"

/* `device` is a device node; `label` the partition's, of which the file system's is made. `ret_line` takes the last line of
 * mkfs's standard error, "" if it was not run. Its exit status, or that of cage_run(); negative errno: it could not be run;
 * -ETIME: it did not end within timeout_s. Destructive: reached through execute_step() alone. */
int make_file_system(const char *root_path, const char *format, const char *device, const char *label, unsigned timeout_s,
                     char ret_line[static CAGE_OUTPUT_MAX]);

/* How long a mkfs may take on a volume: far longer than any does, but not for ever. */
unsigned make_file_system_seconds(uint64_t size_bytes);

#endif
