/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The partition table, through libfdisk. Only reads; gpt-write.h changes it. */
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

#endif
