/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/plan/inventory.h"

void inventory_apply_progress(struct inventory *inventory, const struct progress *progress)
{
        if (!progress_is_under_way(progress))
                return;
        inventory->unallocated_done = progress->phase >= PHASE_ERASED;
        for (size_t i = 0; i < inventory->partition_count; i++) {
                struct inventory_partition *partition = &inventory->partitions[i];
                uint32_t bit = partition->number - 1;
                if (bit >= 8 * sizeof(progress->plain_partitions) ||
                    progress->plain_partitions[bit / 8] & (1u << (bit % 8))) /* nothing is known about higher numbers */
                        partition->content = CONTENT_UNKNOWN;
                else if (partition->content == CONTENT_BLANK)
                        partition->content = CONTENT_LUKS; /* its header was destroyed by this very reset */
        }
}
