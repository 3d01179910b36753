/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any boot sector, before a partition of 1 MiB to 64 GiB, and any table: runs must lie among the clusters, one behind the other.
 */
#include "common/format/fat.h"
#include "tests/fuzz/fuzz.h"

static void look_at_piece(const struct fat_volume *volume, const struct fat_piece *piece, const uint8_t *table, uint64_t *end)
{
        struct fat_run run = { 0 };

        MUST(piece->length_bytes <= FAT_PIECE_BYTES && piece->length_bytes % volume->sector_bytes == 0);
        MUST(piece->offset + piece->length_bytes <= volume->table_length);
        while ((run = fat_next_free(volume, piece, table, run.next)).length_bytes > 0) {
                MUST(run.offset >= *end && run.offset % volume->sector_bytes == 0);
                MUST(run.length_bytes % volume->cluster_bytes == 0);
                *end = run.offset + run.length_bytes;
        }
}

/* Never a structure, never what entries of clusters are in, never a cluster. */
static void look_at_spare(const struct fat_volume *volume)
{
        uint64_t used = ((uint64_t)volume->clusters + FAT_FIRST_CLUSTER) * volume->entry_bits / 8, end = 0;
        uint64_t data_end = volume->data_offset + (uint64_t)volume->clusters * volume->cluster_bytes;
        uint64_t sector = volume->sector_bytes, tables_end = volume->tables_offset + volume->tables * volume->table_length;
        struct fat_range range = { 0 };

        for (unsigned i = 0; (range = fat_next_spare(volume, range.offset + range.length_bytes)).length_bytes > 0; i++) {
                MUST(range.offset >= end && range.offset >= sector && i < 300);
                end = range.offset + range.length_bytes;
                MUST(end <= volume->partition_bytes);
                for (uint64_t at = range.offset; at < end && at < volume->tables_offset; at += sector)
                        MUST(at != volume->info_sector * sector && at != volume->backup_sector * sector);
                if (range.offset >= volume->tables_offset && range.offset < tables_end)
                        MUST((range.offset - volume->tables_offset) % volume->table_length >= used && end <= tables_end);
                MUST(range.offset < tables_end || range.offset >= data_end);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static uint8_t table[FAT_PIECE_BYTES];
        struct fat_volume volume;
        struct fat_piece piece;

        if (fat_volume_parse(data, size, UINT64_C(1) << 36, &volume) != ERR_OK)
                return 0;
        uint64_t data_end = volume.data_offset + (uint64_t)volume.clusters * volume.cluster_bytes, end = volume.data_offset;
        MUST(volume.tables_offset + volume.tables * volume.table_length <= volume.data_offset);
        MUST(data_end <= UINT64_C(1) << 36);
        size_t given = size - FAT_BOOT_SECTOR_SIZE < sizeof(table) ? size - FAT_BOOT_SECTOR_SIZE : sizeof(table);
        memset(table, 0, sizeof(table));
        memcpy(table, data + FAT_BOOT_SECTOR_SIZE, given);
        for (uint32_t i = 0; i < 2 && (piece = fat_piece_at(&volume, i)).entries > 0; i++)
                look_at_piece(&volume, &piece, table, &end);
        MUST(end <= data_end);
        look_at_spare(&volume);
        return 0;
}
