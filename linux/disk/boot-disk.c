/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/disk/boot-disk.h"

#include "linux/base/cleanup.h"
#include "linux/disk/gpt.h"

#define LOADER_VALUE_CHARS (GUID_TEXT_SIZE - 1)

/* A loader variable holds a GUID as UTF-16 text. */
bool loader_partition_read(const struct efivarfs *variables, const char *name, struct guid *ret)
{
        _cleanup_free_ void *value = NULL;
        size_t size;
        char text[LOADER_VALUE_CHARS];
        if (efivarfs_read_volatile(variables, &guid_loader_interface, name, &value, &size) < 0 || size < LOADER_VALUE_CHARS * 2)
                return false;
        for (size_t i = 0; i < LOADER_VALUE_CHARS; i++)
                text[i] = ((char *)value)[i * 2];
        return guid_parse(text, sizeof(text), ret);
}

bool boot_partition_read(const struct efivarfs *variables, struct guid *ret)
{
        return variables->directory_fd >= 0 && (loader_partition_read(variables, "StubDevicePartUUID", ret) ||
                                                loader_partition_read(variables, "LoaderDevicePartUUID", ret));
}

struct search {
        const struct guid *uuid;
        char *path;
        unsigned matches;
};

static int visit_disk(void *context, const char *disk_path)
{
        struct search *search = context;
        if (gpt_has_partition(disk_path, search->uuid) && search->matches++ == 0)
                (void)snprintf(search->path, DEVICE_PATH_MAX, "%s", disk_path);
        return 0;
}

unsigned boot_disk_find(const struct guid *partition, char ret_path[static DEVICE_PATH_MAX])
{
        struct search search = { .uuid = partition, .path = ret_path };
        (void)blockdev_each_disk(visit_disk, &search);
        return search.matches;
}
