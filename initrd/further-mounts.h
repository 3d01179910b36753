/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second and later MountPoint= of definitions, once all volumes are mounted at their first. */
#ifndef CLEANSLATE_INITRD_FURTHER_MOUNTS_H
#define CLEANSLATE_INITRD_FURTHER_MOUNTS_H

#include "initrd/boot-context.h"

/* Shorter paths first. Negative errno with trouble set, and then none of them is mounted. */
int further_mounts_make(struct boot_context *context);

#endif
