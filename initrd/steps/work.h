/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one step of a plan works with. For initrd/steps/execute.c and the files that it alone calls. */
#ifndef CLEANSLATE_INITRD_WORK_H
#define CLEANSLATE_INITRD_WORK_H

#include "initrd/reset-state.h"
#include <stdio.h>

struct work {
        struct reset *reset;
        struct boot_context *context;
        const struct plan_step *step;
        const struct partition_definition *definition; /* NULL if none */
        const struct inventory_partition *partition;   /* NULL if none */
        struct record_step *done;                      /* what the record will say */
        char *detail;
        size_t detail_size;
};

#define detail_set(work, ...) ((void)snprintf((work)->detail, (work)->detail_size, __VA_ARGS__))

/* Each of these destroys. 0, or negative errno with the device's trouble set; bad sectors are in work->done. */
int erase_partition_keys(const struct work *work);
int erase_partition(const struct work *work);
int erase_unallocated(const struct work *work);

#endif
