/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing the partition table, through libfdisk: tells the kernel about just those entries that have changed (BLKPG), because
 * the disk also holds the running root and cannot be re-read as a whole. Called from initrd/steps/ alone
 * (tests/doors.py). */
#ifndef CLEANSLATE_LINUX_GPT_WRITE_H
#define CLEANSLATE_LINUX_GPT_WRITE_H

#include "common/base/guid.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Gives the disk another GUID and leaves everything else as it is. */
int gpt_write_id(const char *disk_path, const struct guid *id);

/* Both copies of the table are written anew, the second one at the end of the disk, and hold nothing but the table
 * (common/format/gpt-clean.h). boot_code: the boot code in front of it goes, too. -EBADMSG: it reads back otherwise than it was
 * written.
 */
int gpt_clean_table(const char *disk_path, bool boot_code);

int gpt_delete(const char *disk_path, uint32_t number);

struct gpt_entry {
        uint32_t number; /* 1-based */
        bool grows;      /* it is there and becomes larger: only number, start, which it has already, and size count */
        struct guid type, uuid;
        const char *name;
        uint64_t attributes; /* bits 48..63 only */
        uint64_t start_bytes, size_bytes;
};

/* Writes all of them at once, each into its slot; an entry that is there goes, unless it grows. The device nodes of the new ones
 * exist when this returns, and the kernel has been told of the new sizes, of partitions in use as well. After a failure the table
 * is as it was, unless it was the kernel that did not take them. -EINVAL: no such slot; what is to grow is not there, begins
 * elsewhere, or would become smaller. */
int gpt_put(const char *disk_path, const struct gpt_entry *entries, size_t count);

#endif
