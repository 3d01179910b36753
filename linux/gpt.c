/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/gpt.h"

#include "common/bytes.h"
#include "linux/cleanup.h"
#include <errno.h>
#include <libfdisk/libfdisk.h>
#include <string.h>

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

static int read_partitions(struct fdisk_context *context, struct inventory *inventory)
{
        _cleanup_(unref_table) struct fdisk_table *table = NULL;
        int r = fdisk_get_partitions(context, &table);
        if (r < 0)
                return r;
        size_t count = fdisk_table_get_nents(table);
        if (count > INVENTORY_PARTITIONS_MAX)
                return -E2BIG;
        inventory->partition_count = 0;
        for (size_t i = 0; i < count; i++) {
                r = read_partition(context, fdisk_table_get_partition(table, i), inventory->sector_size,
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

int gpt_read(const char *disk_path, struct inventory *ret)
{
        _cleanup_(unref_context) struct fdisk_context *context = NULL;
        int r = open_table(disk_path, true, &context);
        if (r < 0)
                return r;
        if (!text_copy(ret->disk_path, sizeof(ret->disk_path), disk_path, strlen(disk_path)))
                return -ENAMETOOLONG;
        ret->sector_size = (uint32_t)fdisk_get_sector_size(context);
        ret->first_usable_bytes = fdisk_get_first_lba(context) * (uint64_t)ret->sector_size;
        ret->last_usable_bytes = (last_usable_sector(context) + 1) * (uint64_t)ret->sector_size - 1;
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
                struct guid found;
                if (parse_guid(fdisk_partition_get_uuid(fdisk_table_get_partition(table, i)), &found) && guid_equal(&found, uuid))
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
