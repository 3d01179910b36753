/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/disk/gpt-write.h"

#include "common/base/bytes.h"
#include "common/format/gpt-clean.h"
#include "common/format/gpt-view.h"
#include "linux/base/cleanup.h"
#include "linux/disk/gpt-table.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

static void unref_partition(struct fdisk_partition **partition)
{
        fdisk_unref_partition(*partition);
}

static void unref_parttype(struct fdisk_parttype **type)
{
        fdisk_unref_parttype(*type);
}

int gpt_write_id(const char *disk_path, const struct guid *id)
{
        _cleanup_(gpt_unref_context) struct fdisk_context *context = NULL;
        char text[GUID_TEXT_SIZE];
        guid_format(id, text);
        int r = gpt_open(disk_path, false, &context);
        if (r == 0)
                r = fdisk_set_disklabel_id_from_string(context, text);
        return r < 0 ? r : fdisk_write_disklabel(context); /* no partition changes: the kernel has nothing to learn */
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
        _cleanup_(gpt_unref_context) struct fdisk_context *context = NULL;
        _cleanup_(gpt_unref_table) struct fdisk_table *before = NULL;
        int r = gpt_open(disk_path, false, &context);
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
                r = fdisk_partition_set_partno(partition, entry->number - 1);
        if (r == 0)
                r = fdisk_partition_set_name(partition, entry->name);
        guid_format(&entry->uuid, text);
        return r < 0 ? r : fdisk_partition_set_uuid(partition, text);
}

/* In memory alone; commit() writes. */
static int add_entry(struct fdisk_context *context, const struct gpt_entry *entry)
{
        _cleanup_(unref_partition) struct fdisk_partition *partition = fdisk_new_partition();
        if (!partition)
                return -ENOMEM;
        int r = fill_partition(context, entry, partition);
        if (r == 0)
                r = fdisk_add_partition(context, partition, NULL);
        return r == 0 && entry->attributes ? fdisk_gpt_set_partition_attrs(context, entry->number - 1, entry->attributes) : r;
}

/* In memory alone, and nothing but its end: type, GUID, name and attributes stay. */
static int grow_entry(struct fdisk_context *context, const struct gpt_entry *entry)
{
        _cleanup_(unref_partition) struct fdisk_partition *before = NULL, *after = fdisk_new_partition();
        uint64_t sector_size = fdisk_get_sector_size(context);
        if (!after)
                return -ENOMEM;
        if (!fdisk_is_partition_used(context, entry->number - 1))
                return -EINVAL;
        int r = fdisk_get_partition(context, entry->number - 1, &before);
        if (r < 0)
                return r;
        if (fdisk_partition_get_start(before) != entry->start_bytes / sector_size ||
            fdisk_partition_get_size(before) > entry->size_bytes / sector_size)
                return -EINVAL;
        r = fdisk_partition_set_size(after, entry->size_bytes / sector_size);
        if (r == 0)
                r = fdisk_partition_size_explicit(after, 1);
        return r < 0 ? r : fdisk_set_partition(context, entry->number - 1, after);
}

/* What is to be replaced makes room first. */
static int put_all(struct fdisk_context *context, const struct gpt_entry *entries, size_t count)
{
        int r = 0;
        for (size_t i = 0; i < count && r == 0; i++)
                if (entries[i].number == 0)
                        r = -EINVAL;
                else if (!entries[i].grows && fdisk_is_partition_used(context, entries[i].number - 1))
                        r = fdisk_delete_partition(context, entries[i].number - 1);
        for (size_t i = 0; i < count && r == 0; i++)
                if (entries[i].grows)
                        r = grow_entry(context, &entries[i]);
        for (size_t i = 0; i < count && r == 0; i++)
                if (!entries[i].grows)
                        r = add_entry(context, &entries[i]);
        return r;
}

int gpt_put(const char *disk_path, const struct gpt_entry *entries, size_t count)
{
        _cleanup_(gpt_unref_context) struct fdisk_context *context = NULL;
        _cleanup_(gpt_unref_table) struct fdisk_table *before = NULL;
        int r = gpt_open(disk_path, false, &context);
        if (r == 0)
                r = fdisk_get_partitions(context, &before);
        if (r == 0)
                r = put_all(context, entries, count);
        return r < 0 ? r : commit(context, before);
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
        _cleanup_(gpt_unref_context) struct fdisk_context *context = NULL;
        int r = gpt_open(disk_path, false, &context);
        if (r == 0)
                r = fdisk_write_disklabel(context);
        if (r < 0)
                return r;
        const int fd = fdisk_get_devfd(context);
        const uint32_t sector_size = (uint32_t)fdisk_get_sector_size(context);
        const uint64_t last_usable_lba = gpt_last_usable_sector(context);
        r = clean_copy(fd, sector_size, fdisk_get_nsectors(context) - 1, last_usable_lba);
        if (r == 0)
                r = clean_copy(fd, sector_size, GPT_HEADER_LBA, last_usable_lba);
        return r == 0 && boot_code ? clean_boot_code(fd) : r;
}
