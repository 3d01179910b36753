/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/disk/inventory.h"
#include "common/base/partition-type.h"

#include "linux/base/cleanup.h"
#include "linux/disk/gpt.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LOOK_BYTES (128 << 10) /* btrfs has its first superblock behind 64 KiB of nothing */

enum partition_content inventory_look_at(const char *path)
{
        static const uint8_t luks_magic[6] = { 'L', 'U', 'K', 'S', 0xba, 0xbe };
        static const uint8_t zeros[LOOK_BYTES];
        _cleanup_free_ uint8_t *data = malloc(LOOK_BYTES);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (!data || fd < 0 || pread(fd, data, LOOK_BYTES, 0) != LOOK_BYTES)
                return CONTENT_UNKNOWN;
        if (memcmp(data, luks_magic, sizeof(luks_magic)) == 0)
                return CONTENT_LUKS;
        return memcmp(data, zeros, LOOK_BYTES) == 0 ? CONTENT_BLANK : CONTENT_UNKNOWN;
}

/* What is the image's was found out once, and stays so. */
static void keep_image(const struct inventory *before, struct inventory_partition *partition)
{
        partition->role = ROLE_OTHER;
        for (size_t i = 0; i < before->partition_count; i++)
                if (before->partitions[i].role == ROLE_IMAGE && guid_equal(&before->partitions[i].uuid, &partition->uuid)) {
                        partition->role = ROLE_IMAGE;
                        partition->used_bytes = before->partitions[i].used_bytes;
                }
}

static size_t count_uuid(const struct inventory *inventory, const struct guid *uuid)
{
        size_t count = 0;
        for (size_t i = 0; i < inventory->partition_count; i++)
                count += guid_equal(&inventory->partitions[i].uuid, uuid);
        return count;
}

/* One of an ESP's type alone is the ESP: another one may be anything that somebody wants to keep from being erased. */
static void find_esp(struct inventory *inventory, const struct guid *esp)
{
        size_t count = esp ? count_uuid(inventory, esp) : 0;
        inventory->esp_usable = false;
        memset(&inventory->esp, 0, sizeof(inventory->esp));
        if (count > 0)
                inventory->esp = *esp;
        for (size_t i = 0; i < inventory->partition_count; i++) {
                struct inventory_partition *partition = &inventory->partitions[i];
                if (count == 0 || !guid_equal(&partition->uuid, esp))
                        continue;
                partition->role = ROLE_ESP;
                inventory->esp_usable = count == 1 && guid_equal(&partition->type, &guid_partition_esp);
        }
}

int inventory_read_disk(const char *disk_path, const struct guid *esp, struct inventory *inventory)
{
        _cleanup_free_ struct inventory *fresh = malloc(sizeof(*fresh));
        if (!fresh)
                return -ENOMEM;
        *fresh = *inventory;
        int r = gpt_read(disk_path, fresh);
        if (r == 0)
                r = blockdev_is_read_only(disk_path, &fresh->disk_read_only);
        if (r == -ENOTTY) /* a disk image in a file */
                r = 0;
        if (r < 0)
                return r;
        for (size_t i = 0; i < fresh->partition_count; i++)
                keep_image(inventory, &fresh->partitions[i]);
        find_esp(fresh, esp);
        for (size_t i = 0; i < fresh->partition_count; i++) {
                struct inventory_partition *partition = &fresh->partitions[i];
                char path[DEVICE_PATH_MAX];
                partition->content = CONTENT_UNKNOWN;
                if (partition->role == ROLE_OTHER && blockdev_partition_path(disk_path, partition->number, path) == 0)
                        partition->content = inventory_look_at(path);
        }
        *inventory = *fresh;
        return 0;
}

void inventory_mark_image(struct inventory *inventory, const struct guid *uuid)
{
        for (size_t i = 0; i < inventory->partition_count; i++)
                if (guid_equal(&inventory->partitions[i].uuid, uuid))
                        inventory->partitions[i].role = ROLE_IMAGE;
}

int inventory_partition_path(const struct inventory *inventory, const struct guid *uuid, char ret[static DEVICE_PATH_MAX])
{
        if (count_uuid(inventory, uuid) > 1)
                return -ENOTUNIQ;
        for (size_t i = 0; i < inventory->partition_count; i++)
                if (guid_equal(&inventory->partitions[i].uuid, uuid))
                        return blockdev_partition_path(inventory->disk_path, inventory->partitions[i].number, ret);
        return -ENODEV;
}
