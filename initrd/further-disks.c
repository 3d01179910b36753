/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/further-disks.h"

#include "common/plan/disk-choice.h"
#include "initrd/gather.h"
#include "linux/disk/disks.h"
#include "linux/media/media-purge.h"
#include "linux/media/media.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define DISKS_WAIT_MS  30000
#define DISKS_QUIET_MS 2000 /* without any news from the kernel: what is built in and alive has shown itself */

static bool is_complete(const struct device *device)
{
        struct disk_choice choice;
        disk_choose(&device->policy.settings, &device->inventory, ERASE_LEVEL_UNSET, &choice);
        return choice.refusal != DISK_REFUSAL_MISSING;
}

/* An interrupted secure erase leaves an ATA disk locked with our own password. */
static bool unlock(struct device *device)
{
        bool unlocked = false;
        for (size_t i = 0; i < device->inventory.disk_count; i++) {
                const struct inventory_disk *disk = &device->inventory.disks[i];
                if (disk->media.security.locked && media_unlock_own(disk->path) == 0)
                        unlocked = true;
        }
        return unlocked;
}

/* Reads until nothing happens any more and every disk that has to be there is. */
static int wait_for_disks(struct device *device)
{
        uint64_t until = now_ms() + DISKS_WAIT_MS;
        int uevents = uevent_open(), r;
        bool quiet;
        do {
                r = disks_read(&device->inventory);
                quiet = uevents < 0 || uevent_wait(uevents, DISKS_QUIET_MS) == 0;
        } while (r == 0 && !(quiet && is_complete(device)) && now_ms() < until);
        if (uevents >= 0)
                (void)close(uevents);
        return r;
}

int further_disks_gather(struct device *device)
{
        const struct progress *progress = &device->progress;
        if (device->policy.settings.disk_count == 0)
                return 0;
        int r = wait_for_disks(device);
        if (r == 0 && device->interrupted && unlock(device))
                r = disks_read(&device->inventory);
        if (r < 0)
                return device_trouble(device, r, "The machine's disks cannot be listed: %s.", strerror(-r));
        if (device->resuming)
                disk_choice_recall(&device->policy.settings, progress->disks_check, progress->disks_done, &device->inventory);
        return 0;
}

void further_disks_expect(struct device *device)
{
        struct inventory *inventory = &device->inventory;
        struct guid named;
        memset(&inventory->disk_expected, 0, sizeof(inventory->disk_expected));
        if (!device->resuming && device->request_state != REQUEST_DUE)
                return;
        if (device->resuming)
                progress_disk_name(&device->progress, &named);
        else
                progress_disk_name_of_request(device->request_digest, &named);
        if (guid_equal(&inventory->disk_uuid, &named)) /* an earlier attempt has given the disk its name */
                inventory->disk_expected = named;
        else
                inventory->disk_expected = device->resuming ? device->progress.disk_uuid : device->request.disk_uuid;
}

int further_disks_check_copy(struct device *device)
{
        char path[sizeof(device->inventory.disk_path)];
        struct guid esp;
        int r = disks_find_copy(&device->inventory, gather_boot_partition(device, &esp) ? &esp : NULL, path);
        if (r < 0)
                return device_trouble(device, r, "The machine's disks cannot be compared with %s: %s.",
                                      device->inventory.disk_path, strerror(-r));
        if (r > 0)
                return device_trouble(device, -ENOTUNIQ,
                                      "%s is a copy of %s, the disk this machine was started from: both carry the same GUID. "
                                      "Remove the copy, then start again.",
                                      path, device->inventory.disk_path);
        return 0;
}
