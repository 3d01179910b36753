/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The partitions of the boot disk; see partitions.h. */
#include "efi/partitions.h"
#include "efi/console.h"
#include "efi/device-path.h"

#define PRIMARY_LBA 1

/* Memory for blocks as the device wants it aligned. */
struct blocks {
        void *memory;
        uint8_t *data;
        size_t size;
};

struct disk {
        const struct platform *platform;
        EFI_BLOCK_IO_PROTOCOL *io;
        const char *why; /* the last failure */
};

static EFI_STATUS failed(struct disk *disk, EFI_STATUS status, const char *why)
{
        disk->why = why;
        return status;
}

static EFI_STATUS read_blocks(struct disk *disk, uint64_t lba, size_t count, struct blocks *ret)
{
        const EFI_BLOCK_IO_MEDIA *media = disk->io->Media;
        size_t align = media->IoAlign > 1 ? media->IoAlign : 1, size = count * media->BlockSize;
        struct blocks blocks = { .size = size };
        EFI_STATUS status;

        if (count == 0 || lba > media->LastBlock || count - 1 > media->LastBlock - lba)
                return failed(disk, EFI_INVALID_PARAMETER, "its entries are not where they could be read");
        blocks.memory = platform_allocate(disk->platform, size + align - 1);
        if (blocks.memory == NULL)
                return failed(disk, EFI_OUT_OF_RESOURCES, status_text(EFI_OUT_OF_RESOURCES));
        blocks.data = (uint8_t *)(((uintptr_t)blocks.memory + align - 1) / align * align);
        status = disk->io->ReadBlocks(disk->io, media->MediaId, lba, size, blocks.data);
        if (EFI_ERROR(status)) {
                platform_free(disk->platform, blocks.memory);
                return failed(disk, status, status_text(status));
        }
        *ret = blocks;
        return EFI_SUCCESS;
}

static EFI_STATUS read_table(struct disk *disk, uint64_t lba, struct gpt_table *ret_table, struct blocks *ret_entries)
{
        struct blocks header, entries;
        EFI_STATUS status = read_blocks(disk, lba, 1, &header);
        enum err err;

        if (EFI_ERROR(status))
                return status;
        err = gpt_table_read(header.data, disk->io->Media->BlockSize, lba, ret_table);
        platform_free(disk->platform, header.memory);
        if (err != ERR_OK)
                return failed(disk, EFI_VOLUME_CORRUPTED, err_text(err));
        status = read_blocks(disk, ret_table->entries_lba, gpt_table_entries_blocks(ret_table), &entries);
        if (EFI_ERROR(status))
                return status;
        err = gpt_table_check(ret_table, entries.data, entries.size);
        if (err != ERR_OK) {
                platform_free(disk->platform, entries.memory);
                return failed(disk, EFI_VOLUME_CORRUPTED, err_text(err));
        }
        *ret_entries = entries;
        return EFI_SUCCESS;
}

static size_t list(const struct gpt_table *table, const struct blocks *entries, struct gpt_partition *ret, size_t capacity)
{
        struct gpt_partition partition;
        size_t count = 0;

        for (uint32_t i = 0; i < table->entry_count; i++) {
                if (!gpt_table_partition(table, entries->data, entries->size, i, &partition) ||
                    gpt_partition_is_system(&partition))
                        continue;
                if (count < capacity)
                        ret[count] = partition;
                count++;
        }
        return count;
}

static EFI_STATUS open_disk(const struct platform *platform, EFI_HANDLE device, struct disk *ret)
{
        EFI_GUID protocol = BLOCK_IO_PROTOCOL;
        EFI_HANDLE handle = NULL;
        void *io = NULL;
        EFI_STATUS status = device_path_disk(platform, device, &handle);

        *ret = (struct disk){ .platform = platform };
        if (!EFI_ERROR(status))
                status = boot_services(platform)->HandleProtocol(handle, &protocol, &io);
        if (EFI_ERROR(status))
                return failed(ret, status, "this image was not started from a disk");
        ret->io = io;
        if (ret->io->Media == NULL || !ret->io->Media->MediaPresent || ret->io->Media->LogicalPartition ||
            ret->io->Media->BlockSize == 0)
                return failed(ret, EFI_UNSUPPORTED, "this image was not started from a disk");
        return EFI_SUCCESS;
}

EFI_STATUS partitions_list(const struct platform *platform, EFI_HANDLE device, struct gpt_partition *ret, size_t capacity,
                           size_t *ret_count, const char **ret_why)
{
        struct blocks entries = { 0 };
        struct gpt_table table;
        struct disk disk;
        EFI_STATUS status = open_disk(platform, device, &disk);

        if (!EFI_ERROR(status)) {
                status = read_table(&disk, PRIMARY_LBA, &table, &entries);
                if (EFI_ERROR(status)) /* the backup, at the very end */
                        status = read_table(&disk, disk.io->Media->LastBlock, &table, &entries);
        }
        if (EFI_ERROR(status)) {
                *ret_why = disk.why;
                return status;
        }
        *ret_count = list(&table, &entries, ret, capacity);
        platform_free(platform, entries.memory);
        return EFI_SUCCESS;
}
