/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The partition table, through libfdisk. Reading fills the inventory; changing commits one entry at a time and tells the kernel
 * about just that entry (BLKPG), because the disk also holds the running root and cannot be re-read as a whole. */
#ifndef CLEANSLATE_LINUX_GPT_H
#define CLEANSLATE_LINUX_GPT_H

#include "common/plan/inventory.h"

/* Fills disk_path, disk_uuid, sector_size, usable range, place of the entries and partitions (role and content stay zero),
 * ordered by start. -ENOMEDIUM: not a GPT disk; -E2BIG: more than INVENTORY_PARTITIONS_MAX entries; -EMEDIUMTYPE: entries of
 * another size than 128 bytes, which libfdisk does not write. */
int gpt_read(const char *disk_path, struct inventory *ret);

/* 1 if the disk is GPT and has a partition with this unique GUID, else 0. */
int gpt_has_partition(const char *disk_path, const struct guid *uuid);

/* The GUID of the disk itself. -ENOMEDIUM: not a GPT disk. */
int gpt_read_id(const char *disk_path, struct guid *ret);

/* Gives the disk another GUID and leaves everything else as it is. */
int gpt_write_id(const char *disk_path, const struct guid *id);

/* Both copies of the table are written anew, the second one at the end of the disk, and hold nothing but the table
 * (common/format/gpt-clean.h). boot_code: the boot code in front of it goes, too. -EBADMSG: it reads back otherwise than it was
 * written.
 */
int gpt_clean_table(const char *disk_path, bool boot_code);

int gpt_delete(const char *disk_path, uint32_t number);

struct gpt_entry {
        struct guid type, uuid;
        const char *name;
        uint64_t attributes; /* bits 48..63 only */
        uint64_t start_bytes, size_bytes;
};

/* *ret_number is the entry's number; its device node exists when this returns. */
int gpt_create(const char *disk_path, const struct gpt_entry *entry, uint32_t *ret_number);

#endif
