/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Erases additional disks: reached through execute_step() alone. Purges by the device's own command where the plan says so, else
 * overwrites, several disks at the same time. What it finds goes into reset->record.disks. */
#ifndef CLEANSLATE_INITRD_ERASE_DISK_H
#define CLEANSLATE_INITRD_ERASE_DISK_H

#include "initrd/reset-state.h"

/* STEP_DESTROY_DISK_KEYS. A disk that fails here does not stop the keys of others from being destroyed: 0, the detail says so,
 * and its erasing, which then has to overwrite all of it, decides. */
int erase_disk_keys(struct reset *reset, const struct plan_step *step, char *detail, size_t detail_size);

/* STEP_ERASE_DISK. 0, or negative errno with trouble set. A finished disk is noted in progress at once. */
int erase_disk(struct reset *reset, const struct plan_step *step, char *detail, size_t detail_size);

#endif
