/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk made of memory; see fake-disk.h. */
#include "fake-disk.h"
#include "common/base/bytes.h"
#include "common/base/crc32.h"
#include "common/base/partition-type.h"
#include "common/base/utf16.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST_BLOCK    (UINT64_C(8) * 1024 * 1024 - 1)
#define ENTRIES_LBA   2
#define ENTRIES_BYTES (FAKE_DISK_ENTRIES * 128)
#define MIB_BLOCKS    (1024 * 1024 / FAKE_BLOCK)

static void must(bool fine, const char *what)
{
        if (fine)
                return;
        fprintf(stderr, "fake disk: %s\n", what);
        abort();
}

static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO_PROTOCOL *self, UINT32 media_id, EFI_LBA lba, UINTN size, VOID *buffer)
{
        struct fake_disk *disk = (struct fake_disk *)(void *)((uint8_t *)self - offsetof(struct fake_disk, io));

        disk->reads++;
        must(media_id == disk->media.MediaId && size % FAKE_BLOCK == 0, "a read that no device would take");
        must((uintptr_t)buffer % disk->media.IoAlign == 0, "a buffer that is not aligned");
        must(size / FAKE_BLOCK <= disk->media.LastBlock + 1 - lba, "a read over the end of the disk");
        if (EFI_ERROR(disk->fault))
                return disk->fault;
        memset(buffer, 0, size);
        if (lba == LAST_BLOCK)
                memcpy(buffer, disk->backup, FAKE_BLOCK);
        else if (lba < FAKE_BLOCKS)
                memcpy(buffer, disk->data + lba * FAKE_BLOCK,
                       size < (FAKE_BLOCKS - lba) * FAKE_BLOCK ? size : (FAKE_BLOCKS - lba) * FAKE_BLOCK);
        return EFI_SUCCESS;
}

void fake_disk_init(struct fake_disk *disk)
{
        memset(disk, 0, sizeof(*disk));
        disk->media = (EFI_BLOCK_IO_MEDIA){
                .MediaId = 7, .MediaPresent = TRUE, .BlockSize = FAKE_BLOCK, .IoAlign = 64, .LastBlock = LAST_BLOCK
        };
        disk->io = (EFI_BLOCK_IO_PROTOCOL){ .Media = &disk->media, .ReadBlocks = read_blocks };
}

/* Both headers point to the same entries, which no specification forbids a test. */
static void write_header(struct fake_disk *disk, uint8_t header[static FAKE_BLOCK], uint64_t lba)
{
        memset(header, 0, FAKE_BLOCK);
        memcpy(header, "EFI PART\0\0\1\0", 12);
        store_le32(header + 12, 92);
        store_le64(header + 24, lba);
        store_le64(header + 40, 34);
        store_le64(header + 48, LAST_BLOCK - 33);
        store_le64(header + 72, ENTRIES_LBA);
        store_le32(header + 80, FAKE_DISK_ENTRIES);
        store_le32(header + 84, 128);
        store_le32(header + 88, crc32_of(disk->data + ENTRIES_LBA * FAKE_BLOCK, ENTRIES_BYTES));
        store_le32(header + 16, crc32_of(header, 92));
}

void fake_disk_add(struct fake_disk *disk, const char *type, const char *label, uint64_t size_mib)
{
        uint8_t *entry = disk->data + ENTRIES_LBA * FAKE_BLOCK + 128 * disk->partition_count;
        struct writer writer = writer_over(entry + 56, 72);
        struct guid guid;

        must(disk->partition_count++ < FAKE_DISK_ENTRIES && partition_type_parse(type, strlen(type), &guid), "no partition");
        memcpy(entry, &guid, sizeof(guid));
        entry[16] = (uint8_t)disk->partition_count;
        store_le64(entry + 32, MIB_BLOCKS * disk->partition_count);
        store_le64(entry + 40, MIB_BLOCKS * (disk->partition_count + size_mib) - 1);
        utf16_from_utf8(label, strlen(label), &writer);
        write_header(disk, disk->data + FAKE_BLOCK, 1);
        write_header(disk, disk->backup, LAST_BLOCK);
}
