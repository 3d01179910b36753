/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/additional-disks.h"

#include "common/plan/disk-choice.h"
#include "linux/disk/disks.h"
#include "linux/media/media-purge.h"
#include "linux/media/media.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define DISKS_WAIT_MS  30000
#define DISKS_QUIET_MS 2000 /* without any news from the kernel: what is built in and alive has shown itself */

static bool is_complete(const struct boot_context *context)
{
        struct disk_choice choice;
        disk_choose(&context->policy.settings, &context->inventory, ERASE_LEVEL_UNSET, &choice);
        return choice.refusal != DISK_REFUSAL_MISSING;
}

/* An interrupted secure erase leaves an ATA disk locked with our own password. */
static bool unlock(struct boot_context *context)
{
        bool unlocked = false;
        for (size_t i = 0; i < context->inventory.disk_count; i++) {
                const struct inventory_disk *disk = &context->inventory.disks[i];
                if (disk->media.security.locked && media_unlock_own(disk->path) == 0)
                        unlocked = true;
        }
        return unlocked;
}

/* Reads until nothing happens any more and every disk that has to be there is. */
static int wait_for_disks(struct boot_context *context)
{
        uint64_t until = now_ms() + DISKS_WAIT_MS;
        int uevents = uevent_open(), r;
        bool quiet;
        do {
                r = disks_read(&context->inventory);
                quiet = uevents < 0 || uevent_wait(uevents, DISKS_QUIET_MS) == 0;
        } while (r == 0 && !(quiet && is_complete(context)) && now_ms() < until);
        if (uevents >= 0)
                (void)close(uevents);
        return r;
}

int additional_disks_gather(struct boot_context *context)
{
        const struct progress *progress = &context->progress;
        if (context->policy.settings.disk_count == 0)
                return 0;
        int r = wait_for_disks(context);
        if (r == 0 && context->interrupted && unlock(context))
                r = disks_read(&context->inventory);
        if (r < 0)
                return boot_trouble(context, r, "The machine's disks cannot be listed: %s.", strerror(-r));
        if (context->resuming)
                disk_choice_recall(&context->policy.settings, progress->disks_check, progress->disks_done, &context->inventory);
        return 0;
}

void additional_disks_expect(struct boot_context *context)
{
        struct inventory *inventory = &context->inventory;
        struct guid named;
        memset(&inventory->disk_expected, 0, sizeof(inventory->disk_expected));
        if (!context->resuming && context->request_state != REQUEST_DUE)
                return;
        if (context->resuming)
                progress_disk_name(&context->progress, &named);
        else
                progress_disk_name_of_request(context->request_digest, &named);
        if (guid_equal(&inventory->disk_uuid, &named)) /* an earlier attempt has given the disk its name */
                inventory->disk_expected = named;
        else
                inventory->disk_expected = context->resuming ? context->progress.disk_uuid : context->request.disk_uuid;
}
