/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/disk/disks.h"

#include "common/base/bytes.h"
#include "linux/base/blockdev.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/disk/gpt.h"
#include "linux/media/media.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define ATTRIBUTE_MAX 64
#define DEVICES       "/devices"

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash ? slash + 1 : path;
}

/* The first line of a sysfs attribute; "" if there is none. */
static void read_attribute(const char *directory, const char *name, char ret[static ATTRIBUTE_MAX])
{
        char path[PATH_MAX];
        _cleanup_free_ char *text = NULL;
        size_t size;
        ret[0] = 0;
        (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
        if (file_read(AT_FDCWD, path, 4096, &text, &size) == 0)
                (void)snprintf(ret, ATTRIBUTE_MAX, "%.*s", (int)strcspn(text, "\n"), text);
}

static bool is_numbered(const char *name, const char *prefix)
{
        size_t length = strlen(prefix);
        return strncmp(name, prefix, length) == 0 && name[length] >= '0' && name[length] <= '9';
}

/* The head of a multipath NVMe disk hangs below the subsystem, which is nowhere; its controllers are linked there. */
static bool find_controller(const char *sysfs, const char *name, char ret[static PATH_MAX])
{
        char subsystem[PATH_MAX], best[NAME_MAX + 1] = "", path[PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s/block/%s/..", sysfs, name);
        _cleanup_closedir_ DIR *directory = realpath(path, subsystem) ? opendir(subsystem) : NULL;
        if (!directory || !is_numbered(base_name(subsystem), "nvme-subsys"))
                return false;
        for (struct dirent *entry; (entry = readdir(directory));)
                if (is_numbered(entry->d_name, "nvme") && !strchr(entry->d_name + 4, 'n') &&
                    (!best[0] || strcmp(entry->d_name, best) < 0))
                        (void)snprintf(best, sizeof(best), "%s", entry->d_name);
        if (!best[0] || (size_t)snprintf(path, sizeof(path), "%s/%s", subsystem, best) >= sizeof(path))
                return false;
        return realpath(path, ret) != NULL;
}

int disk_syspath_read(const char *sysfs, const char *name, char ret[static DISK_SYSPATH_MAX])
{
        char root[PATH_MAX], link[PATH_MAX], found[PATH_MAX], controller[PATH_MAX];
        (void)snprintf(link, sizeof(link), "%s/block/%s", sysfs, name);
        if (!realpath(sysfs, root) || !realpath(link, found))
                return -errno;
        if (find_controller(sysfs, name, controller) &&
            (size_t)snprintf(found, sizeof(found), "%s/%s", controller, name) >= sizeof(found))
                return -ENAMETOOLONG;
        if (strncmp(found, root, strlen(root)) != 0)
                return -EXDEV;
        return (size_t)snprintf(ret, DISK_SYSPATH_MAX, "/sys%s", found + strlen(root)) < DISK_SYSPATH_MAX ? 0 : -ENAMETOOLONG;
}

bool disk_is_virtual(const char *syspath)
{
        return text_starts_with(syspath, "/sys/devices/virtual/");
}

/* One device on the way from the disk up to the root of the machine. */
static bool is_external_device(const char *directory)
{
        static const char *const buses[] = { "usb", "firewire", "thunderbolt", "pcmcia", "memstick" };
        char path[PATH_MAX], target[PATH_MAX], text[ATTRIBUTE_MAX];
        (void)snprintf(path, sizeof(path), "%s/subsystem", directory);
        const char *subsystem = realpath(path, target) ? base_name(target) : "";
        for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
                if (strcmp(subsystem, buses[i]) == 0)
                        return true;
        read_attribute(directory, "removable", text); /* of a port or slot: "removable", "fixed", "unknown" */
        if (strcmp(text, "removable") == 0)
                return true;
        read_attribute(directory, "type", text);
        if (strcmp(subsystem, "mmc") == 0 && strcmp(text, "MMC") != 0)
                return true;
        read_attribute(directory, "transport", text); /* of an NVMe controller */
        return strcmp(subsystem, "nvme") == 0 && text[0] && strcmp(text, "pcie") != 0 && strcmp(text, "apple-nvme") != 0;
}

bool disk_is_external(const char *sysfs, const char *syspath)
{
        static const char *const networks[] = { "session", "rport-" }; /* iSCSI; Fibre Channel */
        char path[PATH_MAX];
        if (!text_starts_with(syspath, "/sys" DEVICES "/"))
                return true; /* nobody knows where it is */
        (void)snprintf(path, sizeof(path), "%s%s", sysfs, syspath + strlen("/sys"));
        for (size_t top = strlen(sysfs) + strlen(DEVICES); strlen(path) > top; *strrchr(path, '/') = 0) {
                const char *name = base_name(path);
                if (is_numbered(name, networks[0]) || is_numbered(name, networks[1]) || is_external_device(path))
                        return true;
        }
        return false;
}

static bool has_entries(const char *path)
{
        _cleanup_closedir_ DIR *directory = opendir(path);
        for (struct dirent *entry = directory ? readdir(directory) : NULL; entry; entry = readdir(directory))
                if (entry->d_name[0] != '.')
                        return true;
        return false;
}

bool disk_has_holders(const char *sysfs, const char *name)
{
        char path[PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s/block/%s/holders", sysfs, name);
        if (has_entries(path))
                return true;
        (void)snprintf(path, sizeof(path), "%s/block/%s", sysfs, name);
        _cleanup_closedir_ DIR *directory = opendir(path);
        for (struct dirent *entry = directory ? readdir(directory) : NULL; entry; entry = readdir(directory)) {
                if (strncmp(entry->d_name, name, strlen(name)) != 0)
                        continue;
                (void)snprintf(path, sizeof(path), "%s/block/%s/%s/holders", sysfs, name, entry->d_name);
                if (has_entries(path))
                        return true;
        }
        return false;
}

/* A mounted partition claims its whole disk. */
static bool is_claimed(const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
        return fd < 0 && errno == EBUSY;
}

static int visit_disk(void *context, const char *path)
{
        struct inventory *inventory = context;
        if (inventory->disk_count == INVENTORY_DISKS_MAX) {
                inventory->disks_overflow = true;
                return 1;
        }
        struct inventory_disk *disk = &inventory->disks[inventory->disk_count];
        const char *name = base_name(path);
        memset(disk, 0, sizeof(*disk));
        if (!text_copy(disk->path, sizeof(disk->path), path, strlen(path)))
                return -ENAMETOOLONG;
        if (disk_syspath_read("/sys", name, disk->syspath) < 0)
                return 0; /* gone again */
        disk->is_boot_disk = strcmp(path, inventory->disk_path) == 0;
        disk->is_virtual = disk_is_virtual(disk->syspath);
        disk->is_external = disk_is_external("/sys", disk->syspath);
        disk->is_held = disk_has_holders("/sys", name) || is_claimed(path);
        if (!disk->is_virtual)
                (void)media_read(path, &disk->media); /* all zero: on no known bus, without a medium */
        disk->hardware = (uint32_t)inventory->disk_count;
        for (size_t i = 0; i < inventory->disk_count; i++)
                if (!disk->is_virtual && !inventory->disks[i].is_virtual && media_same_device(inventory->disks[i].path, path))
                        disk->hardware = inventory->disks[i].hardware;
        inventory->disk_count++;
        return 0;
}

int disks_read(struct inventory *inventory)
{
        inventory->disk_count = 0;
        inventory->disks_overflow = false;
        int r = blockdev_each_disk(visit_disk, inventory);
        return r < 0 ? r : 0;
}

struct copy_search {
        const struct inventory *inventory;
        const struct guid *esp;
        char *path;
        size_t capacity;
};

static int visit_possible_copy(void *context, const char *path)
{
        struct copy_search *search = context;
        struct guid id;
        if (strcmp(path, search->inventory->disk_path) == 0 || gpt_read_id(path, &id) < 0)
                return 0;
        if (!guid_equal(&id, &search->inventory->disk_uuid) && !(search->esp && gpt_has_partition(path, search->esp)))
                return 0;
        (void)snprintf(search->path, search->capacity, "%s", path);
        return 1;
}

int disks_find_copy(const struct inventory *inventory, const struct guid *esp,
                    char ret_path[static sizeof(((struct inventory *)0)->disk_path)])
{
        struct copy_search search = { inventory, esp, ret_path, sizeof(inventory->disk_path) };
        return blockdev_each_disk(visit_possible_copy, &search);
}
