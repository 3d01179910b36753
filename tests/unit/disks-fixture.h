/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks for the tests of disk-choice. Header-only; each test program has its own. */
#ifndef CLEANSLATE_TESTS_DISKS_FIXTURE_H
#define CLEANSLATE_TESTS_DISKS_FIXTURE_H

#include <stdio.h>

#include "common/base/bytes.h"
#include "common/plan/disk-choice.h"

/* A machine with the boot disk, two built-in NVMe disks, a SATA disk and a USB disk. */
enum { BOOT, DATA, MORE, SATA, USB, DISKS };

static struct settings settings;
static struct inventory inventory;
static struct disk_choice choice;

static struct inventory_disk *set_disk(size_t index, enum media_bus bus, const char *path, const char *place, const char *serial)
{
        struct inventory_disk *disk = &inventory.disks[index];

        memset(disk, 0, sizeof(*disk));
        (void)snprintf(disk->path, sizeof(disk->path), "%s", path);
        (void)snprintf(disk->syspath, sizeof(disk->syspath), "/sys/devices/%s", place);
        (void)snprintf(disk->media.serial, sizeof(disk->media.serial), "%s", serial);
        (void)snprintf(disk->media.wwid, sizeof(disk->media.wwid), "eui.%s", serial);
        (void)snprintf(disk->media.model, sizeof(disk->media.model), "Model");
        disk->media.bus = bus;
        disk->media.size_bytes = UINT64_C(1) << 40;
        disk->media.techniques = MEDIA_TECHNIQUE_BIT(MEDIA_NVME_FORMAT_ERASE);
        disk->hardware = (uint32_t)index;
        return disk;
}

static int set_up(void **state)
{
        memset(&inventory, 0, sizeof(inventory));
        set_disk(BOOT, MEDIA_NVME, "/dev/nvme0n1", "pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1", "B")->is_boot_disk = true;
        set_disk(DATA, MEDIA_NVME, "/dev/nvme1n1", "pci0000:00/0000:00:04.0/nvme/nvme1/nvme1n1", "D");
        set_disk(MORE, MEDIA_NVME, "/dev/nvme2n1", "pci0000:00/0000:00:04.1/nvme/nvme2/nvme2n1", "M");
        set_disk(SATA, MEDIA_ATA, "/dev/sda", "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda", "A");
        set_disk(USB, MEDIA_SCSI, "/dev/sdb", "pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host6/block/sdb", "U")->media.usb = true;
        inventory.disk_count = DISKS;
        settings_init(&settings);
        return 0;
}

static void choose(const char *text)
{
        struct policy_error error;

        settings_init(&settings);
        assert_int_equal(settings_read(&settings, "f", text, strlen(text), &error), ERR_OK);
        memset(&choice, 0xaa, sizeof(choice));
        disk_choose(&settings, &inventory, ERASE_LEVEL_UNSET, &choice);
}

__attribute__((unused)) static bool is_chosen(uint32_t disk)
{
        assert_int_equal(choice.refusal, DISK_REFUSAL_NONE);
        for (size_t i = 0; i < choice.count; i++)
                if (choice.chosen[i].disk == disk)
                        return true;
        return false;
}

__attribute__((unused)) static void assert_refused(enum disk_refusal refusal, int disk)
{
        assert_int_equal(choice.refusal, refusal);
        assert_int_equal(choice.refused_disk, disk);
}

#endif
