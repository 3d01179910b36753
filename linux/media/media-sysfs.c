/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/media/media-sysfs.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#define ATTRIBUTE_MAX       1024
#define SECTOR              512 /* the unit of `size`, whatever the disk's */
#define VIRTIO_SECURE_ERASE 16  /* VIRTIO_BLK_F_SECURE_ERASE, virtio 1.2, 5.2.3 */

static bool read_attribute(const char *directory, const char *name, char *ret, size_t capacity)
{
        char path[PATH_MAX];
        _cleanup_free_ char *data = NULL;
        size_t size;

        if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path) ||
            file_read(AT_FDCWD, path, ATTRIBUTE_MAX, &data, &size) < 0)
                return false;
        if (size > 0 && data[size - 1] == '\n')
                size--;
        media_copy_text(ret, capacity, (const uint8_t *)data, size);
        return true;
}

static uint64_t read_number(const char *directory, const char *name, uint64_t otherwise)
{
        char text[32];
        uint64_t value;

        if (!read_attribute(directory, name, text, sizeof(text)) || !text_to_u64(text, strlen(text), &value))
                return otherwise;
        return value;
}

static enum media_bus bus_of(const char *directory)
{
        static const struct {
                const char *prefix;
                enum media_bus bus;
        } names[] = { { "nvme", MEDIA_NVME }, { "mmcblk", MEDIA_MMC }, { "vd", MEDIA_VIRTIO } };
        const char *name = strrchr(directory, '/') ? strrchr(directory, '/') + 1 : directory;
        char vendor[16] = "";

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (text_starts_with(name, names[i].prefix))
                        return names[i].bus;
        if (!text_starts_with(name, "sd"))
                return MEDIA_OTHER;
        return read_attribute(directory, "device/vendor", vendor, sizeof(vendor)) && text_equal(vendor, "ATA") ? MEDIA_ATA
                                                                                                               : MEDIA_SCSI;
}

static bool is_on_usb(const char *directory)
{
        char real[PATH_MAX];

        return realpath(directory, real) && strstr(real, "/usb");
}

/* life_time is two numbers ("0x01 0x02"), each in tenths; see mmc-ext-csd.c */
static void read_mmc(const char *directory, struct media_facts *facts)
{
        char text[MEDIA_WWID_MAX - sizeof("cid.")];

        (void)read_attribute(directory, "device/name", facts->model, sizeof(facts->model));
        (void)read_attribute(directory, "device/fwrev", facts->firmware, sizeof(facts->firmware));
        if (read_attribute(directory, "device/cid", text, sizeof(text)))
                (void)snprintf(facts->wwid, sizeof(facts->wwid), "cid.%s", text);
}

static void read_virtio(const char *directory, struct media_facts *facts)
{
        char features[128] = "";

        (void)read_attribute(directory, "serial", facts->serial, sizeof(facts->serial));
        (void)read_attribute(directory, "device/features", features, sizeof(features));
        if (strlen(features) > VIRTIO_SECURE_ERASE && features[VIRTIO_SECURE_ERASE] == '1')
                facts->techniques |= MEDIA_TECHNIQUE_BIT(MEDIA_SECURE_DISCARD);
}

static void read_identity(const char *directory, struct media_facts *facts)
{
        (void)read_attribute(directory, "device/model", facts->model, sizeof(facts->model));
        (void)read_attribute(directory, "device/serial", facts->serial, sizeof(facts->serial));
        if (!read_attribute(directory, "device/firmware_rev", facts->firmware, sizeof(facts->firmware)))
                (void)read_attribute(directory, "device/rev", facts->firmware, sizeof(facts->firmware));
        if (!read_attribute(directory, "wwid", facts->wwid, sizeof(facts->wwid)))
                (void)read_attribute(directory, "device/wwid", facts->wwid, sizeof(facts->wwid));
        if (facts->bus == MEDIA_MMC)
                read_mmc(directory, facts);
        else if (facts->bus == MEDIA_VIRTIO)
                read_virtio(directory, facts);
}

int media_sysfs_read(const char *directory, struct media_facts *ret)
{
        struct media_facts facts = { .bus = bus_of(directory), .health.temperature_celsius = INT16_MIN };
        uint64_t sectors = read_number(directory, "size", UINT64_MAX);

        if (sectors == UINT64_MAX)
                return -ENOENT;
        facts.size_bytes = sectors > UINT64_MAX / SECTOR ? 0 : sectors * SECTOR;
        facts.logical_sector = (uint32_t)read_number(directory, "queue/logical_block_size", SECTOR);
        facts.physical_sector = (uint32_t)read_number(directory, "queue/physical_block_size", facts.logical_sector);
        facts.rotational = read_number(directory, "queue/rotational", 0) != 0;
        facts.read_only = read_number(directory, "ro", 0) != 0;
        facts.usb = is_on_usb(directory);
        facts.removable = read_number(directory, "removable", 0) != 0;
        read_identity(directory, &facts);
        *ret = facts;
        return 0;
}

int media_sysfs_directory(const char *path, const char *below, char ret[static PATH_MAX])
{
        const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

        return snprintf(ret, PATH_MAX, "/sys/block/%s%s", name, below) < PATH_MAX ? 0 : -ENAMETOOLONG;
}
