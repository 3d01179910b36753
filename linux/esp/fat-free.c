/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/esp/fat-free.h"

#include "linux/base/cleanup.h"
#include "linux/erase/erase-buffer.h"
#include "linux/esp/fat-open.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)1 << 20)

struct walk {
        struct erase_device device;
        struct fat_volume volume;
        uint8_t *table, *copy; /* a piece of the first copy of the table; then of each further one, OR-ed into the first */
        uint8_t *zeros, *data;
        const struct meter *meter;
        uint64_t done_bytes, total_bytes; /* of writing and reading together */
};
#define WALK_CLOSED ((struct walk){ .device = ERASE_DEVICE_CLOSED })

static void walk_done(struct walk *walk)
{
        erase_device_close(&walk->device);
        free(walk->table);
        free(walk->copy);
        free(walk->zeros);
        free(walk->data);
}

static int read_at(int fd, void *data, size_t size, uint64_t offset)
{
        ssize_t n = pread(fd, data, size, (off_t)offset);
        if (n < 0)
                return -errno;
        return (size_t)n == size ? 0 : -EIO;
}

static int write_at(int fd, const void *data, size_t size, uint64_t offset)
{
        ssize_t n = pwrite(fd, data, size, (off_t)offset);
        if (n < 0)
                return -errno;
        return (size_t)n == size ? 0 : -EIO;
}

static int walk_open(const char *path, int flags, struct walk *walk)
{
        walk->table = erase_buffer_new(FAT_PIECE_BYTES);
        return walk->table ? fat_open(path, flags, &walk->device, &walk->volume) : -ENOMEM;
}

static int read_piece(const struct walk *walk, const struct fat_piece *piece, unsigned copy, uint8_t *data)
{
        uint64_t table = walk->volume.tables_offset + copy * walk->volume.table_length;
        return read_at(walk->device.fd, data, piece->length_bytes, table + piece->offset);
}

static int add_copies(const struct walk *walk, const struct fat_piece *piece)
{
        for (unsigned copy = 1; copy < walk->volume.tables; copy++) {
                int r = read_piece(walk, piece, copy, walk->copy);
                if (r < 0)
                        return r;
                for (uint32_t i = 0; i < piece->length_bytes; i++)
                        walk->table[i] |= walk->copy[i];
        }
        return 0;
}

static uint64_t count_free(const struct walk *walk, const struct fat_piece *piece)
{
        uint64_t bytes = 0;
        struct fat_run run = { 0 };
        while ((run = fat_next_free(&walk->volume, piece, walk->table, run.next)).length_bytes > 0)
                bytes += run.length_bytes;
        return bytes;
}

static struct fat_range next_spare(const struct walk *walk, struct fat_range before)
{
        return fat_next_spare(&walk->volume, before.offset + before.length_bytes);
}

static int count(struct walk *walk, struct fat_free_bytes *ret)
{
        struct fat_piece piece;
        for (uint32_t i = 0; (piece = fat_piece_at(&walk->volume, i)).entries > 0; i++) {
                int r = read_piece(walk, &piece, 0, walk->table);
                uint64_t by_first = r < 0 ? 0 : count_free(walk, &piece);
                if (r == 0)
                        r = add_copies(walk, &piece);
                if (r < 0)
                        return r;
                uint64_t by_all = count_free(walk, &piece);
                ret->overwritten += by_all;
                ret->disputed += by_first - by_all;
        }
        for (struct fat_range spare = { 0 }; (spare = next_spare(walk, spare)).length_bytes > 0;)
                ret->unused += spare.length_bytes;
        return 0;
}

static void advance(struct walk *walk, size_t bytes)
{
        walk->done_bytes += bytes;
        if (walk->meter && walk->meter->advance)
                walk->meter->advance(walk->meter->context, walk->done_bytes, walk->total_bytes);
}

static int overwrite_chunk(const struct walk *walk, uint64_t offset, size_t size)
{
        return write_at(walk->device.fd, walk->zeros, size, offset);
}

static int compare_chunk(const struct walk *walk, uint64_t offset, size_t size)
{
        int r = read_at(walk->device.fd, walk->data, size, offset);
        return r == 0 && memcmp(walk->data, walk->zeros, size) != 0 ? -EBADMSG : r;
}

typedef int visit(const struct walk *walk, uint64_t offset, size_t size);

static int visit_run(struct walk *walk, uint64_t offset, uint64_t length, visit *each)
{
        for (uint64_t at = 0; at < length;) {
                uint64_t left = length - at;
                size_t size = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
                int r = each(walk, offset + at, size);
                if (r < 0)
                        return r;
                at += size;
                advance(walk, size);
        }
        return 0;
}

static int visit_all(struct walk *walk, visit *each)
{
        struct fat_piece piece;
        int r = 0;
        for (uint32_t i = 0; r == 0 && (piece = fat_piece_at(&walk->volume, i)).entries > 0; i++) {
                struct fat_run run = { 0 };
                r = read_piece(walk, &piece, 0, walk->table);
                if (r == 0)
                        r = add_copies(walk, &piece);
                while (r == 0 && (run = fat_next_free(&walk->volume, &piece, walk->table, run.next)).length_bytes > 0)
                        r = visit_run(walk, run.offset, run.length_bytes, each);
        }
        for (struct fat_range spare = { 0 }; r == 0 && (spare = next_spare(walk, spare)).length_bytes > 0;)
                r = visit_run(walk, spare.offset, spare.length_bytes, each);
        return r;
}

/* Written only where it says something else. */
static int put_sector(struct walk *walk, uint64_t sector, const uint8_t *wanted)
{
        size_t size = walk->volume.sector_bytes;
        int r = read_at(walk->device.fd, walk->data, size, sector * size);
        return r == 0 && memcmp(walk->data, wanted, size) != 0 ? write_at(walk->device.fd, wanted, size, sector * size) : r;
}

static int tidy_info(struct walk *walk, uint64_t sector)
{
        size_t size = walk->volume.sector_bytes;
        int r = read_at(walk->device.fd, walk->copy, size, sector * size);
        if (r < 0)
                return r;
        fat_info_tidy(walk->copy, size);
        return put_sector(walk, sector, walk->copy);
}

/* The sectors that stay: behind the boot sector's own bytes, in its copy, and where the count of free clusters leaves room. */
static int tidy_structures(struct walk *walk)
{
        const struct fat_volume *volume = &walk->volume;
        size_t size = volume->sector_bytes;
        uint64_t second = (uint64_t)volume->backup_sector + volume->info_sector;
        int r = read_at(walk->device.fd, walk->copy, size, 0);
        if (r < 0)
                return r;
        memset(walk->copy + FAT_BOOT_SECTOR_SIZE, 0, size - FAT_BOOT_SECTOR_SIZE);
        r = put_sector(walk, 0, walk->copy);
        if (r == 0 && volume->backup_sector > 0)
                r = put_sector(walk, volume->backup_sector, walk->copy);
        if (r == 0 && volume->info_sector > 0)
                r = tidy_info(walk, volume->info_sector);
        if (r == 0 && volume->info_sector > 0 && volume->backup_sector > 0 && second * size < volume->tables_offset)
                r = tidy_info(walk, second);
        return r;
}

int fat_free_overwrite(const char *path, const struct meter *meter, struct fat_free_bytes *ret)
{
        _cleanup_(walk_done) struct walk walk = WALK_CLOSED;
        struct fat_free_bytes bytes = { 0 };
        int r = walk_open(path, O_RDWR | O_EXCL, &walk); /* O_EXCL: not while it is mounted */
        if (r < 0)
                return r;
        walk.copy = erase_buffer_new(FAT_PIECE_BYTES);
        walk.zeros = erase_buffer_new(CHUNK_BYTES);
        walk.data = erase_buffer_new(CHUNK_BYTES);
        if (!walk.copy || !walk.zeros || !walk.data)
                return -ENOMEM;
        walk.meter = meter;
        r = count(&walk, &bytes);
        walk.total_bytes = 2 * (bytes.overwritten + bytes.unused);
        if (r == 0)
                r = tidy_structures(&walk);
        if (r == 0)
                r = visit_all(&walk, overwrite_chunk);
        if (r == 0 && fdatasync(walk.device.fd) < 0)
                r = -errno;
        if (r == 0)
                r = visit_all(&walk, compare_chunk);
        if (r == 0)
                *ret = bytes;
        return r;
}
