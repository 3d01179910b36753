/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A partition's label as far as something else takes it: each kind of file system has its own limit, and mkfs refuses what is
 * beyond. */
#ifndef CLEANSLATE_COMMON_FILE_SYSTEM_LABEL_H
#define CLEANSLATE_COMMON_FILE_SYSTEM_LABEL_H

#include "common/format/gpt.h"
#include <stddef.h>

/* At most `max_bytes` (below PARTITION_NAME_MAX) of the label, and never a part of a character. */
void label_cut(const char *label, size_t max_bytes, char ret[static PARTITION_NAME_MAX]);

/* What mkfs is given: vfat's labels are of capital letters, digits and few others, which '_' stands for (as systemd's do). */
void file_system_label(const char *format, const char *label, char ret[static PARTITION_NAME_MAX]);

#endif
