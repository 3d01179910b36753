/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which clusters of a FAT file system are free: its boot sector and pieces of its table, taken as Linux takes them, so that both
 * agree on every cluster. Source: Microsoft's FAT specification 1.03; where it leaves a choice, fs/fat/inode.c. Reading only. */
#ifndef CLEANSLATE_COMMON_FAT_H
#define CLEANSLATE_COMMON_FAT_H

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAT_BOOT_SECTOR_SIZE 512
#define FAT_FIRST_CLUSTER    2 /* entries 0 and 1 are no clusters' */

/* All offsets and lengths in bytes, offsets from the partition's start. */
struct fat_volume {
        unsigned entry_bits; /* 12, 16, 32 */
        unsigned tables;     /* copies of the table, one behind the other */
        uint32_t sector_bytes;
        uint64_t tables_offset, table_length;
        uint32_t cluster_bytes, clusters; /* numbered from FAT_FIRST_CLUSTER */
        uint64_t data_offset;             /* of the first cluster */
        uint32_t info_sector;             /* FAT32: where the count of free clusters is; 0 = none */
        uint32_t backup_sector;           /* FAT32: the first of the copies of boot sector and count; 0 = none */
        uint64_t partition_bytes;
};

/* From the first FAT_BOOT_SECTOR_SIZE bytes. ERR_TRUNCATED; ERR_SYNTAX: no FAT file system; ERR_RANGE: tables or clusters do not
 * fit into the partition. */
enum err fat_volume_parse(const void *boot_sector, size_t size, uint64_t partition_bytes, struct fat_volume *ret);

/* A table is gone through in pieces of whole entries and whole sectors, whatever their sizes. */
#define FAT_PIECE_BYTES 49152

struct fat_piece {
        uint32_t first;        /* its first entry's number */
        uint32_t entries;      /* 0: behind the end */
        uint64_t offset;       /* within a table */
        uint32_t length_bytes; /* whole sectors, at most FAT_PIECE_BYTES */
};
struct fat_piece fat_piece_at(const struct fat_volume *volume, uint32_t index);

struct fat_run {
        uint64_t offset, length_bytes; /* length 0: none */
        uint32_t next;                 /* entry of the piece behind it */
};

/* The next run of free clusters in a piece, from its entry `from` (counted from 0) on. `table` has the piece's length_bytes.
 * Bytes of several copies may be OR-ed together: then a cluster is free if it is so in each. */
struct fat_run fat_next_free(const struct fat_volume *volume, const struct fat_piece *piece, const uint8_t *table, uint32_t from);

/* What of the partition no file system structure and no cluster is in: reserved sectors, the ends of tables that are longer than
 * the clusters need, and what lies behind the last cluster. */
struct fat_range {
        uint64_t offset, length_bytes; /* length 0: none */
};

/* The next of them that begins at `from` or behind it. Its length is a multiple of the device's sectors, if the partition's is.
 */
struct fat_range fat_next_spare(const struct fat_volume *volume, uint64_t from);

/* The sector with the count of free clusters without anything that is not defined; all zero if it is none. */
void fat_info_tidy(uint8_t *sector, size_t size);

#endif
