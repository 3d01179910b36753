/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this program has said in the kernel's log, for a page that shows the last of it. Reads only. */
#ifndef CLEANSLATE_INITRD_KERNEL_LOG_H
#define CLEANSLATE_INITRD_KERNEL_LOG_H

#include <stddef.h>

#define KERNEL_LOG_LINES    20
#define KERNEL_LOG_LINE_MAX 160 /* bytes with the NUL; longer lines are cut */

struct kernel_log {
        char lines[KERNEL_LOG_LINES][KERNEL_LOG_LINE_MAX]; /* "12.345 text", oldest first */
        size_t count;
};

/* Empty where /dev/kmsg cannot be read. */
void kernel_log_read(struct kernel_log *ret);

#endif
