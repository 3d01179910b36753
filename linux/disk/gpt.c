/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/disk/gpt.h"

#include "common/base/bytes.h"
#include "common/format/gpt-clean.h"
#include "common/format/gpt-view.h"
#include "linux/base/cleanup.h"
#include <errno.h>
#include <libfdisk/libfdisk.h>
#include <string.h>
#include <unistd.h>

#define HEADER_LBA  1
#define ENTRY_BYTES 128 /* what libfdisk writes, whatever else the specification allows */

static void unref_context(struct fdisk_context **context)
{
        if (*context && fdisk_get_devfd(*context) >= 0)   /* a device that could not be opened is an assertion to libfdisk */
                (void)fdisk_deassign_device(*context, 1); /* 1 = no sync: commits do their own */
        fdisk_unref_context(*context);
}

static void unref_table(struct fdisk_table **table)
{
        fdisk_unref_table(*table);
}

static void unref_partition(struct fdisk_partition **partition)
{
        fdisk_unref_partition(*partition);
}

static void unref_parttype(struct fdisk_parttype **type)
{
        fdisk_unref_parttype(*type);
}

static int open_table(const char *disk_path, bool read_only, struct fdisk_context **ret)
{
        _cleanup_(unref_context) struct fdisk_context *context = fdisk_new_context();
        if (!context)
                return -ENOMEM;
        (void)fdisk_disable_dialogs(context, 1);
        int r = fdisk_assign_device(context, disk_path, read_only);
        if (r < 0)
                return r;
        if (!fdisk_is_labeltype(context, FDISK_DISKLABEL_GPT))
                return -ENOMEDIUM;
        *ret = context;
        context = NULL;
        return 0;
}

static bool parse_guid(const char *text, struct guid *ret)
{
        return text && guid_parse(text, strlen(text), ret);
}

static int read_partition(struct fdisk_context *context, struct fdisk_partition *from, uint32_t sector_size,
                          struct inventory_partition *ret)
{
        struct fdisk_parttype *type = fdisk_partition_get_type(from);
        const char *name = fdisk_partition_get_name(from);
        size_t number = fdisk_partition_get_partno(from);

        memset(ret, 0, sizeof(*ret));
        ret->number = (uint32_t)number + 1;
        ret->start_bytes = fdisk_partition_get_start(from) * (uint64_t)sector_size;
        ret->size_bytes = fdisk_partition_get_size(from) * (uint64_t)sector_size;
        if (!type || !parse_guid(fdisk_parttype_get_string(type), &ret->type) ||
            !parse_guid(fdisk_partition_get_uuid(from), &ret->uuid))
                return -EIO;
        if (name && !text_copy(ret->name, sizeof(ret->name), name, strlen(name)))
                return -EIO;
        return fdisk_gpt_get_partition_attrs(context, number, &ret->attributes);
}

static void sort_by_start(struct inventory *inventory)
{
        for (size_t i = 1; i < inventory->partition_count; i++) {
                struct inventory_partition moving = inventory->partitions[i];
                size_t j = i;
                for (; j > 0 && inventory->partitions[j - 1].start_bytes > moving.start_bytes; j--)
                        inventory->partitions[j] = inventory->partitions[j - 1];
                inventory->partitions[j] = moving;
        }
}

/* An entry whose type is zero (UEFI 2.10, table 5.6). libfdisk goes by the size, and shows as a partition what the kernel does
 * not: such an entry would keep what it covers from being erased. */
static bool is_unused(struct fdisk_partition *partition)
{
        struct fdisk_parttype *type = fdisk_partition_get_type(partition);
        struct guid id;
        return type && parse_guid(fdisk_parttype_get_string(type), &id) && guid_is_zero(&id);
}

static int read_partitions(struct fdisk_context *context, struct inventory *inventory)
{
        _cleanup_(unref_table) struct fdisk_table *table = NULL;
        int r = fdisk_get_partitions(context, &table);
        if (r < 0)
                return r;
        inventory->partition_count = 0;
        for (size_t i = 0; i < fdisk_table_get_nents(table); i++) {
                struct fdisk_partition *partition = fdisk_table_get_partition(table, i);
                if (is_unused(partition))
                        continue;
                if (inventory->partition_count == INVENTORY_PARTITIONS_MAX)
                        return -E2BIG;
                r = read_partition(context, partition, inventory->sector_size,
                                   &inventory->partitions[inventory->partition_count]);
                if (r < 0)
                        return r;
                inventory->partition_count++;
        }
        sort_by_start(inventory);
        return 0;
}

static int read_id(struct fdisk_context *context, struct guid *ret)
{
        _cleanup_free_ char *id = NULL;
        return fdisk_get_disklabel_id(context, &id) < 0 || !parse_guid(id, ret) ? -EIO : 0;
}

int gpt_read_id(const char *disk_path, struct guid *ret)
{
        _cleanup_(unref_context) struct fdisk_context *context = NULL;
        int r = open_table(disk_path, true, &context);
        return r < 0 ? r : read_id(context, ret);
}

int gpt_write_id(const char *disk_path, const struct guid *id)
{
        _cleanup_(unref_context) struct fdisk_context *context = NULL;
        char text[GUID_TEXT_SIZE];
        guid_format(id, text);
        int r = open_table(disk_path, false, &context);
        if (r == 0)
                r = fdisk_set_disklabel_id_from_string(context, text);
        return r < 0 ? r : fdisk_write_disklabel(context); /* no partition changes: the kernel has nothing to learn */
}

/* The last sector entries may use once the table is written anew: libfdisk then moves the second copy to the end of the disk
 * (UEFI 2.10, section 5.3.1: header in the last sector, entries before it). The header on the disk still tells of the disk that
 * the image was made for. */
static uint64_t last_usable_sector(struct fdisk_context *context)
{
        const uint64_t sector_size = fdisk_get_sector_size(context);
        const uint64_t entries_bytes = (uint64_t)fdisk_get_npartitions(context) * ENTRY_BYTES;
        const uint64_t behind = 1 + (entries_bytes + sector_size - 1) / sector_size;
        const uint64_t sectors = fdisk_get_nsectors(context);
        return sectors > behind ? sectors - behind - 1 : 0;
}

static uint64_t to_sectors(uint64_t bytes, uint64_t sector_size)
{
        return (bytes + sector_size - 1) / sector_size;
}

/* Where the primary entries are, as the primary header has it; where that one is damaged, as libfdisk will write it anew. */
static int read_bounds(struct fdisk_context *context, struct inventory *inventory)
{
        const uint64_t sector_size = fdisk_get_sector_size(context);
        struct gpt_table table = { .entries_lba = HEADER_LBA + 1,
                                   .entry_count = (uint32_t)fdisk_get_npartitions(context),
                                   .entry_size = ENTRY_BYTES };
        _cleanup_free_ uint8_t *block = malloc(sector_size);
        if (!block)
                return -ENOMEM;
        if (pread(fdisk_get_devfd(context), block, sector_size, (off_t)(HEADER_LBA * sector_size)) == (ssize_t)sector_size)
                (void)gpt_table_read(block, (uint32_t)sector_size, HEADER_LBA, &table);
        if (table.entry_size != ENTRY_BYTES || table.entries_lba > fdisk_get_nsectors(context))
                return -EMEDIUMTYPE;
        inventory->sector_size = (uint32_t)sector_size;
        inventory->entries_start_bytes = table.entries_lba * sector_size;
        inventory->entries_size_bytes = to_sectors((uint64_t)table.entry_count * table.entry_size, sector_size) * sector_size;
        inventory->header_first_usable_bytes = fdisk_get_first_lba(context) * sector_size;
        inventory->first_usable_bytes = (HEADER_LBA + 1) * sector_size;
        inventory->last_usable_bytes = (last_usable_sector(context) + 1) * sector_size - 1;
        return 0;
}

int gpt_read(const char *disk_path, struct inventory *ret)
{
        _cleanup_(unref_context) struct fdisk_context *context = NULL;
        int r = open_table(disk_path, true, &context);
        if (r < 0)
                return r;
        if (!text_copy(ret->disk_path, sizeof(ret->disk_path), disk_path, strlen(disk_path)))
                return -ENAMETOOLONG;
        r = read_bounds(context, ret);
        if (r == 0)
                r = read_id(context, &ret->disk_uuid);
        if (r < 0)
                return r;
        return read_partitions(context, ret);
}

int gpt_has_partition(const char *disk_path, const struct guid *uuid)
{
        _cleanup_(unref_context) struct fdisk_context *context = NULL;
        _cleanup_(unref_table) struct fdisk_table *table = NULL;
        if (open_table(disk_path, true, &context) < 0 || fdisk_get_partitions(context, &table) < 0)
                return 0; /* not GPT, or unreadable: not the disk we look for */
        for (size_t i = 0; i < fdisk_table_get_nents(table); i++) {
                struct fdisk_partition *partition = fdisk_table_get_partition(table, i);
                struct guid found;
                if (!is_unused(partition) && parse_guid(fdisk_partition_get_uuid(partition), &found) && guid_equal(&found, uuid))
                        return 1;
        }
        return 0;
}

/* The one place where a table reaches the disk; the kernel then learns of the difference to `before` alone. */
static int commit(struct fdisk_context *context, struct fdisk_table *before)
{
        int r = fdisk_write_disklabel(context);
        if (r < 0)
                return r;
        return fdisk_reread_changes(context, before);
}

int gpt_delete(const char *disk_path, uint32_t number)
{
        _cleanup_(unref_context) struct fdisk_context *context = NULL;
        _cleanup_(unref_table) struct fdisk_table *before = NULL;
        int r = open_table(disk_path, false, &context);
        if (r == 0)
                r = fdisk_get_partitions(context, &before);
        if (r == 0)
                r = fdisk_delete_partition(context, number - 1);
        return r < 0 ? r : commit(context, before);
}

static int fill_partition(struct fdisk_context *context, const struct gpt_entry *entry, struct fdisk_partition *partition)
{
        char text[GUID_TEXT_SIZE];
        uint64_t sector_size = fdisk_get_sector_size(context);

        guid_format(&entry->type, text);
        _cleanup_(unref_parttype) struct fdisk_parttype *type = fdisk_label_parse_parttype(fdisk_get_label(context, NULL), text);
        if (!type)
                return -EINVAL;
        int r = fdisk_partition_set_type(partition, type);
        if (r == 0)
                r = fdisk_partition_set_start(partition, entry->start_bytes / sector_size);
        if (r == 0)
                r = fdisk_partition_set_size(partition, entry->size_bytes / sector_size);
        if (r == 0)
                r = fdisk_partition_size_explicit(partition, 1);
        if (r == 0)
                r = fdisk_partition_partno_follow_default(partition, 1);
        if (r == 0)
                r = fdisk_partition_set_name(partition, entry->name);
        guid_format(&entry->uuid, text);
        return r < 0 ? r : fdisk_partition_set_uuid(partition, text);
}

int gpt_create(const char *disk_path, const struct gpt_entry *entry, uint32_t *ret_number)
{
        _cleanup_(unref_context) struct fdisk_context *context = NULL;
        _cleanup_(unref_table) struct fdisk_table *before = NULL;
        _cleanup_(unref_partition) struct fdisk_partition *partition = fdisk_new_partition();
        size_t number = 0;

        if (!partition)
                return -ENOMEM;
        int r = open_table(disk_path, false, &context);
        if (r == 0)
                r = fdisk_get_partitions(context, &before);
        if (r == 0)
                r = fill_partition(context, entry, partition);
        if (r == 0)
                r = fdisk_add_partition(context, partition, &number);
        if (r == 0 && entry->attributes)
                r = fdisk_gpt_set_partition_attrs(context, number, entry->attributes);
        if (r == 0)
                r = commit(context, before);
        if (r < 0)
                return r;
        *ret_number = (uint32_t)number + 1;
        return 0;
}

/* One of the two copies. */
struct copy {
        struct gpt_table table;
        uint8_t *header, *entries;
        size_t entries_size;
};

static void free_copy(struct copy *copy)
{
        free(copy->header);
        free(copy->entries);
}

static int read_at(int fd, void *data, size_t size, uint64_t offset)
{
        ssize_t done = pread(fd, data, size, (off_t)offset);
        return done < 0 ? -errno : (size_t)done == size ? 0 : -EIO;
}

static int write_at(int fd, const void *data, size_t size, uint64_t offset)
{
        ssize_t done = pwrite(fd, data, size, (off_t)offset);
        return done < 0 ? -errno : (size_t)done == size ? 0 : -EIO;
}

static int read_copy(int fd, uint32_t sector_size, uint64_t lba, struct copy *ret)
{
        ret->header = malloc(sector_size);
        if (!ret->header)
                return -ENOMEM;
        int r = read_at(fd, ret->header, sector_size, lba * sector_size);
        if (r < 0)
                return r;
        if (gpt_table_read(ret->header, sector_size, lba, &ret->table) != ERR_OK)
                return -EBADMSG;
        ret->entries_size = gpt_table_entries_blocks(&ret->table) * sector_size;
        ret->entries = malloc(ret->entries_size);
        return ret->entries ? read_at(fd, ret->entries, ret->entries_size, ret->table.entries_lba * sector_size) : -ENOMEM;
}

/* The entries before the header that vouches for them; a cut in between leaves the other copy whole. */
static int clean_copy(int fd, uint32_t sector_size, uint64_t lba, uint64_t last_usable_lba)
{
        _cleanup_(free_copy) struct copy copy = { 0 }, stored = { 0 };
        int r = read_copy(fd, sector_size, lba, &copy);
        if (r < 0)
                return r;
        if (gpt_clean(copy.header, sector_size, lba, copy.entries, copy.entries_size, last_usable_lba) != ERR_OK)
                return -EBADMSG;
        r = write_at(fd, copy.entries, copy.entries_size, copy.table.entries_lba * sector_size);
        if (r == 0)
                r = write_at(fd, copy.header, sector_size, lba * sector_size);
        if (r == 0)
                r = fsync(fd) < 0 ? -errno : read_copy(fd, sector_size, lba, &stored);
        if (r < 0)
                return r;
        return stored.entries_size == copy.entries_size && memcmp(stored.header, copy.header, sector_size) == 0 &&
                               memcmp(stored.entries, copy.entries, copy.entries_size) == 0
                       ? 0
                       : -EBADMSG;
}

static int clean_boot_code(int fd)
{
        static const uint8_t zeros[GPT_BOOT_CODE_SIZE];
        int r = write_at(fd, zeros, sizeof(zeros), 0);
        return r == 0 && fsync(fd) < 0 ? -errno : r;
}

int gpt_clean_table(const char *disk_path, bool boot_code)
{
        _cleanup_(unref_context) struct fdisk_context *context = NULL;
        int r = open_table(disk_path, false, &context);
        if (r == 0)
                r = fdisk_write_disklabel(context);
        if (r < 0)
                return r;
        const int fd = fdisk_get_devfd(context);
        const uint32_t sector_size = (uint32_t)fdisk_get_sector_size(context);
        const uint64_t last_usable_lba = last_usable_sector(context);
        r = clean_copy(fd, sector_size, fdisk_get_nsectors(context) - 1, last_usable_lba);
        if (r == 0)
                r = clean_copy(fd, sector_size, HEADER_LBA, last_usable_lba);
        return r == 0 && boot_code ? clean_boot_code(fd) : r;
}
