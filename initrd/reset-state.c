/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/reset-state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int reset_commit(struct reset *reset)
{
        struct device *device = reset->device;
        int r = progress_store_commit(&device->progress_store, &device->progress);
        return r < 0 ? device_trouble(device, r, "The progress cannot be committed to the EFI variables: %s.", strerror(-r)) : 0;
}

void reset_erased_up_to(struct reset *reset, uint64_t start_bytes, uint64_t done_bytes)
{
        struct device *device = reset->device;
        device->progress.erase_point = (struct erase_point){ .start_bytes = start_bytes, .done_bytes = done_bytes };
        if (now_ms() - reset->erase_committed_ms < RESET_COMMIT_EVERY_MS)
                return;
        reset->erase_committed_ms = now_ms();
        /* a store that fails costs the next attempt time; at the end of the phase it is an error */
        (void)progress_store_commit(&device->progress_store, &device->progress);
}

void keep_done(struct keep *keep)
{
        if (keep->plain)
                explicit_bzero(keep->plain, keep->plain_size);
        free(keep->plain);
        free(keep->kept.lines.data);
        *keep = (struct keep){ 0 };
}

void reset_free(struct reset *reset)
{
        volume_key_done(&reset->key);
        explicit_bzero(&reset->recovery, sizeof(reset->recovery));
        keep_done(&reset->keep);
        factory_image_done(&reset->factory);
        esp_hashes_done(&reset->device->esp_hashes);
        free(reset);
}
