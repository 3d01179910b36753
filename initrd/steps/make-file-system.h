/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the verified image's own mkfs, in a cage that shows it the one device. */
#ifndef CLEANSLATE_INITRD_MAKE_FILE_SYSTEM_H
#define CLEANSLATE_INITRD_MAKE_FILE_SYSTEM_H

#include "initrd/steps/cage.h"

/* `context` is a device node; label is the file system's. `ret_line` takes the last line of mkfs's standard error, "" if it was
 * not run. Its exit status, or that of cage_run(); negative errno: it could not be run. Destructive: reached through
 * execute_step() alone. */
int make_file_system(const char *root_path, const char *format, const char *device, const char *label,
                     char ret_line[static CAGE_OUTPUT_MAX]);

/* Whether the image's mkfs can be started at all where it will be run: the cage takes directories of the image and namespaces of
 * the kernel. Given no device. 0, or negative errno. */
int make_file_system_try(const char *root_path, const char *format);

#endif
