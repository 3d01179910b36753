/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/disk/gpt.h"

#include "common/base/bytes.h"
#include "common/format/gpt-view.h"
#include "linux/base/cleanup.h"
#include "linux/disk/gpt-table.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

void gpt_unref_context(struct fdisk_context **context)
{
        if (*context && fdisk_get_devfd(*context) >= 0)   /* a device that could not be opened is an assertion to libfdisk */
                (void)fdisk_deassign_device(*context, 1); /* 1 = no sync: commits do their own */
        fdisk_unref_context(*context);
}

void gpt_unref_table(struct fdisk_table **table)
{
        fdisk_unref_table(*table);
}

int gpt_open(const char *disk_path, bool read_only, struct fdisk_context **ret)
{
        _cleanup_(gpt_unref_context) struct fdisk_context *context = fdisk_new_context();
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
        _cleanup_(gpt_unref_table) struct fdisk_table *table = NULL;
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
        _cleanup_(gpt_unref_context) struct fdisk_context *context = NULL;
        int r = gpt_open(disk_path, true, &context);
        return r < 0 ? r : read_id(context, ret);
}

uint64_t gpt_last_usable_sector(struct fdisk_context *context)
{
        const uint64_t sector_size = fdisk_get_sector_size(context);
        const uint64_t entries_bytes = (uint64_t)fdisk_get_npartitions(context) * GPT_ENTRY_BYTES;
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
        struct gpt_table table = { .entries_lba = GPT_HEADER_LBA + 1,
                                   .entry_count = (uint32_t)fdisk_get_npartitions(context),
                                   .entry_size = GPT_ENTRY_BYTES };
        _cleanup_free_ uint8_t *block = malloc(sector_size);
        if (!block)
                return -ENOMEM;
        if (pread(fdisk_get_devfd(context), block, sector_size, (off_t)(GPT_HEADER_LBA * sector_size)) == (ssize_t)sector_size)
                (void)gpt_table_read(block, (uint32_t)sector_size, GPT_HEADER_LBA, &table);
        if (table.entry_size != GPT_ENTRY_BYTES || table.entries_lba > fdisk_get_nsectors(context))
                return -EMEDIUMTYPE;
        inventory->sector_size = (uint32_t)sector_size;
        inventory->entries_start_bytes = table.entries_lba * sector_size;
        inventory->entries_size_bytes = to_sectors((uint64_t)table.entry_count * table.entry_size, sector_size) * sector_size;
        inventory->entry_count = (uint32_t)fdisk_get_npartitions(context);
        inventory->header_first_usable_bytes = fdisk_get_first_lba(context) * sector_size;
        inventory->first_usable_bytes = (GPT_HEADER_LBA + 1) * sector_size;
        inventory->last_usable_bytes = (gpt_last_usable_sector(context) + 1) * sector_size - 1;
        return 0;
}

int gpt_read(const char *disk_path, struct inventory *ret)
{
        _cleanup_(gpt_unref_context) struct fdisk_context *context = NULL;
        int r = gpt_open(disk_path, true, &context);
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
        _cleanup_(gpt_unref_context) struct fdisk_context *context = NULL;
        _cleanup_(gpt_unref_table) struct fdisk_table *table = NULL;
        if (gpt_open(disk_path, true, &context) < 0 || fdisk_get_partitions(context, &table) < 0)
                return 0; /* not GPT, or unreadable: not the disk we look for */
        for (size_t i = 0; i < fdisk_table_get_nents(table); i++) {
                struct fdisk_partition *partition = fdisk_table_get_partition(table, i);
                struct guid found;
                if (!is_unused(partition) && parse_guid(fdisk_partition_get_uuid(partition), &found) && guid_equal(&found, uuid))
                        return 1;
        }
        return 0;
}
