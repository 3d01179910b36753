/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which clusters of a FAT file system are free: its boot sector and pieces of its table, taken as Linux takes them, so that both
 * agree on every cluster. Source: Microsoft's FAT specification 1.03; where it leaves a choice, fs/fat/inode.c. Reading only. */
#ifndef CLEANSLATE_COMMON_FAT_H
#define CLEANSLATE_COMMON_FAT_H

#include "common/err.h"
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

#endif
