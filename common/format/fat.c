/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/format/fat.h"

#include "common/base/bytes.h"
#include "common/base/memory.h"

enum { AT_SECTOR_BYTES = 11, AT_CLUSTER_SECTORS = 13, AT_RESERVED = 14, AT_TABLES = 16, AT_ROOT_ENTRIES = 17, AT_SECTORS16 = 19 };
enum { AT_TABLE_SECTORS16 = 22, AT_SECTORS32 = 32, AT_TABLE_SECTORS32 = 36, AT_INFO = 48, AT_BACKUP = 50 };

/* The count of free clusters, FSInfo */
enum { INFO_LEAD_AT = 0, INFO_STRUCT_AT = 484, INFO_FREE_AT = 488, INFO_END_AT = 496, INFO_TRAIL_AT = 508, INFO_SIZE = 512 };
#define INFO_LEAD   0x41615252
#define INFO_STRUCT 0x61417272
#define INFO_TRAIL  0xAA550000

#define SECTOR_BYTES_MIN 512
#define SECTOR_BYTES_MAX 4096
#define ROOT_ENTRY_BYTES 32
#define CLUSTERS12_MAX   0xFF4 /* more than those take 16 bits */
#define CLUSTERS16_MAX   0xFFF4
#define CLUSTERS32_MAX   0xFFFFFF6
#define ENTRY32_MASK     0xFFFFFFF /* the upper four bits are reserved */

_Static_assert(FAT_PIECE_BYTES % SECTOR_BYTES_MAX == 0 && FAT_PIECE_BYTES % 3 == 0 && FAT_PIECE_BYTES % 4 == 0,
               "a piece ends with a sector and with an entry");

static bool is_power_of_two(uint32_t number)
{
        return number != 0 && (number & (number - 1)) == 0;
}

static unsigned entry_bits_of(bool is_fat32, uint64_t clusters)
{
        if (is_fat32)
                return 32;
        return clusters > CLUSTERS12_MAX ? 16 : 12;
}

/* Everything fits into 64 bits: 32 bits of sectors, 16 of their size, 8 of copies. */
enum err fat_volume_parse(const void *boot_sector, size_t size, uint64_t partition_bytes, struct fat_volume *ret)
{
        const uint8_t *at = boot_sector;

        if (size < FAT_BOOT_SECTOR_SIZE)
                return ERR_TRUNCATED;
        uint32_t sector = load_le16(at + AT_SECTOR_BYTES), cluster = at[AT_CLUSTER_SECTORS];
        uint64_t reserved = load_le16(at + AT_RESERVED), tables = at[AT_TABLES], table = load_le16(at + AT_TABLE_SECTORS16);
        uint64_t sectors = load_le16(at + AT_SECTORS16);
        bool is_fat32 = table == 0;
        if (!is_power_of_two(sector) || sector < SECTOR_BYTES_MIN || sector > SECTOR_BYTES_MAX || !is_power_of_two(cluster) ||
            reserved == 0 || tables == 0)
                return ERR_SYNTAX;
        if (is_fat32)
                table = load_le32(at + AT_TABLE_SECTORS32);
        if (sectors == 0)
                sectors = load_le32(at + AT_SECTORS32);
        uint64_t root = (uint64_t)load_le16(at + AT_ROOT_ENTRIES) * ROOT_ENTRY_BYTES / sector;
        uint64_t data = reserved + tables * table + root;
        if (table == 0)
                return ERR_SYNTAX;
        if (data >= sectors || sectors > partition_bytes / sector)
                return ERR_RANGE;
        uint64_t clusters = (sectors - data) / cluster;
        unsigned bits = entry_bits_of(is_fat32, clusters);
        uint64_t entries = table * sector * 8 / bits;
        if (entries <= FAT_FIRST_CLUSTER)
                return ERR_RANGE;
        if (clusters > entries - FAT_FIRST_CLUSTER)
                clusters = entries - FAT_FIRST_CLUSTER;
        if (clusters > (is_fat32 ? CLUSTERS32_MAX : CLUSTERS16_MAX))
                return ERR_RANGE;
        uint32_t info = is_fat32 ? load_le16(at + AT_INFO) : 0, backup = is_fat32 ? load_le16(at + AT_BACKUP) : 0;
        *ret = (struct fat_volume){
                .entry_bits = bits,
                .tables = (unsigned)tables,
                .sector_bytes = sector,
                .tables_offset = reserved * sector,
                .table_length = table * sector,
                .cluster_bytes = cluster * sector,
                .clusters = (uint32_t)clusters,
                .data_offset = data * sector,
                .info_sector = info < reserved ? info : 0,
                .backup_sector = backup < reserved ? backup : 0,
                .partition_bytes = partition_bytes,
        };
        return ERR_OK;
}

struct fat_piece fat_piece_at(const struct fat_volume *volume, uint32_t index)
{
        uint64_t offset = (uint64_t)index * FAT_PIECE_BYTES, per_piece = (uint64_t)FAT_PIECE_BYTES * 8 / volume->entry_bits;
        uint64_t first = index * per_piece, end = (uint64_t)volume->clusters + FAT_FIRST_CLUSTER;

        if (first >= end)
                return (struct fat_piece){ 0 };
        uint64_t entries = end - first < per_piece ? end - first : per_piece;
        uint64_t bytes = (entries * volume->entry_bits + 7) / 8, sector = volume->sector_bytes;
        return (struct fat_piece){
                .first = (uint32_t)first,
                .entries = (uint32_t)entries,
                .offset = offset,
                .length_bytes = (uint32_t)((bytes + sector - 1) / sector * sector),
        };
}

static bool is_free(unsigned bits, const uint8_t *table, uint32_t index)
{
        if (bits == 32)
                return (load_le32(table + (size_t)index * 4) & ENTRY32_MASK) == 0;
        if (bits == 16)
                return load_le16(table + (size_t)index * 2) == 0;
        uint32_t pair = load_le16(table + (size_t)index * 3 / 2);
        return (index % 2 ? pair >> 4 : pair & 0xFFF) == 0;
}

struct fat_run fat_next_free(const struct fat_volume *volume, const struct fat_piece *piece, const uint8_t *table, uint32_t from)
{
        if (piece->first == 0 && from < FAT_FIRST_CLUSTER)
                from = FAT_FIRST_CLUSTER;
        while (from < piece->entries && !is_free(volume->entry_bits, table, from))
                from++;
        uint32_t end = from;
        while (end < piece->entries && is_free(volume->entry_bits, table, end))
                end++;
        uint64_t cluster = (uint64_t)piece->first + from - FAT_FIRST_CLUSTER;
        if (end == from)
                return (struct fat_run){ .next = end };
        return (struct fat_run){
                .offset = volume->data_offset + cluster * volume->cluster_bytes,
                .length_bytes = (uint64_t)(end - from) * volume->cluster_bytes,
                .next = end,
        };
}

static bool is_structure(const struct fat_volume *volume, uint64_t sector)
{
        uint64_t backup = volume->backup_sector, info = volume->info_sector;

        return sector == 0 || (info > 0 && sector == info) ||
               (backup > 0 && (sector == backup || (info > 0 && sector == backup + info)));
}

static struct fat_range next_reserved(const struct fat_volume *volume, uint64_t from)
{
        uint64_t size = volume->sector_bytes, sector = (from + size - 1) / size, end = volume->tables_offset / size;

        while (sector < end && is_structure(volume, sector))
                sector++;
        uint64_t stop = sector;
        while (stop < end && !is_structure(volume, stop))
                stop++;
        return (struct fat_range){ sector * size, (stop - sector) * size };
}

/* Bytes of a table that entries of clusters are in, as whole sectors. */
static uint64_t table_used(const struct fat_volume *volume)
{
        uint64_t bits = ((uint64_t)volume->clusters + FAT_FIRST_CLUSTER) * volume->entry_bits, sector = volume->sector_bytes;

        return ((bits + 7) / 8 + sector - 1) / sector * sector;
}

static struct fat_range next_table_end(const struct fat_volume *volume, uint64_t from)
{
        uint64_t begin = from > volume->tables_offset ? from - volume->tables_offset : 0, used = table_used(volume);

        for (uint64_t table = begin / volume->table_length; table < volume->tables; table++) {
                uint64_t start = volume->tables_offset + table * volume->table_length;
                uint64_t spare = start + used > from ? start + used : from, end = start + volume->table_length;

                if (spare < end)
                        return (struct fat_range){ spare, end - spare };
        }
        return (struct fat_range){ 0 };
}

struct fat_range fat_next_spare(const struct fat_volume *volume, uint64_t from)
{
        uint64_t end = volume->data_offset + (uint64_t)volume->clusters * volume->cluster_bytes;
        struct fat_range range = { 0 };

        if (from < volume->tables_offset)
                range = next_reserved(volume, from);
        if (range.length_bytes == 0)
                range = next_table_end(volume, from);
        if (range.length_bytes > 0)
                return range;
        if (from < end)
                from = end;
        return from < volume->partition_bytes ? (struct fat_range){ from, volume->partition_bytes - from }
                                              : (struct fat_range){ 0 };
}

void fat_info_tidy(uint8_t *sector, size_t size)
{
        bool is_info = size >= INFO_SIZE && load_le32(sector + INFO_LEAD_AT) == INFO_LEAD &&
                       load_le32(sector + INFO_STRUCT_AT) == INFO_STRUCT && load_le32(sector + INFO_TRAIL_AT) == INFO_TRAIL;

        if (!is_info) {
                memset(sector, 0, size);
                return;
        }
        memset(sector + INFO_LEAD_AT + 4, 0, INFO_STRUCT_AT - INFO_LEAD_AT - 4);
        memset(sector + INFO_END_AT, 0, INFO_TRAIL_AT - INFO_END_AT);
        memset(sector + INFO_SIZE, 0, size - INFO_SIZE);
}
