/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/image-parts.h"
#include "common/base/partition-type.h"

#include "linux/base/cleanup.h"
#include "linux/disk/inventory.h"
#include "linux/image/verity.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ROOT_SIGNATURE_TYPE "root-verity-sig"
#define USR_SIGNATURE_TYPE  "usr-verity-sig"

static void set_used(struct inventory *inventory, const struct guid *uuid, uint64_t used_bytes)
{
        for (size_t i = 0; i < inventory->partition_count; i++)
                if (guid_equal(&inventory->partitions[i].uuid, uuid))
                        inventory->partitions[i].used_bytes = used_bytes;
}

void image_parts_mark(struct inventory *inventory, const struct image_identity *image)
{
        char data_path[DEVICE_PATH_MAX], hash_path[DEVICE_PATH_MAX];
        uint64_t data_bytes, hash_bytes;
        inventory_mark_image(inventory, &image->data_uuid);
        inventory_mark_image(inventory, &image->hash_uuid);
        if (inventory_partition_path(inventory, &image->data_uuid, data_path) < 0 ||
            inventory_partition_path(inventory, &image->hash_uuid, hash_path) < 0 ||
            verity_read_extents(data_path, hash_path, &data_bytes, &hash_bytes) < 0)
                return; /* all of them then */
        set_used(inventory, &image->data_uuid, data_bytes);
        set_used(inventory, &image->hash_uuid, hash_bytes);
}

static int read_text(const struct inventory *inventory, uint32_t number, char text[static ROOT_SIGNATURE_TEXT_MAX],
                     size_t *ret_size)
{
        char path[DEVICE_PATH_MAX];
        int r = blockdev_partition_path(inventory->disk_path, number, path);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = fd < 0 ? -1 : pread(fd, text, ROOT_SIGNATURE_TEXT_MAX, 0);
        if (size < 0)
                return -errno;
        *ret_size = (size_t)size;
        return 0;
}

const char *image_parts_find_signature(struct inventory *inventory, enum image_form form, const uint8_t *root_hash,
                                       size_t root_hash_size, struct root_signature *ret)
{
        const char *fault = "", *name = form == IMAGE_USR ? USR_SIGNATURE_TYPE : ROOT_SIGNATURE_TYPE;
        struct guid type;
        char text[ROOT_SIGNATURE_TEXT_MAX];
        size_t size = 0;
        if (!partition_type_parse(name, strlen(name), &type))
                return fault;
        for (size_t i = 0; i < inventory->partition_count; i++) {
                struct inventory_partition *partition = &inventory->partitions[i];
                if (!guid_equal(&partition->type, &type))
                        continue;
                if (read_text(inventory, partition->number, text, &size) < 0 || root_signature_parse(text, size, ret) != ERR_OK) {
                        fault = form == IMAGE_USR
                                        ? "its partition of type " USR_SIGNATURE_TYPE " holds no signature that can be read"
                                        : "its partition of type " ROOT_SIGNATURE_TYPE " holds no signature that can be read";
                } else if (!root_signature_is_for(ret, root_hash, root_hash_size)) {
                        fault = "the signature on the disk is for another root hash";
                } else {
                        inventory_mark_image(inventory, &partition->uuid);
                        set_used(inventory, &partition->uuid, ROOT_SIGNATURE_TEXT_MAX);
                        return NULL;
                }
        }
        return fault;
}
