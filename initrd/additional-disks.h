/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's disks besides the one it was started from, before a reset: waits until they are there, and takes stock of them.
 * Changes nothing on any of them. */
#ifndef CLEANSLATE_INITRD_ADDITIONAL_DISKS_H
#define CLEANSLATE_INITRD_ADDITIONAL_DISKS_H

#include "initrd/boot-context.h"

/* Fills context->inventory.disks, if the policy speaks of additional disks. A reset that was interrupted knows its disks again.
 */
int additional_disks_gather(struct boot_context *context);

/* Which disk the reset belongs to, for the plan: the one that the request names, or the one that a begun reset was begun on. */
void additional_disks_expect(struct boot_context *context);

#endif
