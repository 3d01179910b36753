/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's list of the volumes that it has had since its last reset (common/state/known-volumes), in its EFI variable. A list
 * that cannot be stored costs a later boot the additions, and a later reset of what is kept the result "complete": no function
 * here fails. */
#ifndef CLEANSLATE_INITRD_VOLUME_LIST_H
#define CLEANSLATE_INITRD_VOLUME_LIST_H

#include "initrd/boot-context.h"

/* context->known, and what the plan of an ordinary boot or of a reset needs of it. */
void volume_list_load(struct boot_context *context);

/* What an ordinary boot has mounted is known from now on. */
void volume_list_note_mounted(struct boot_context *context);

/* What a reset or a first boot has come to its end with; `plan`: its. Where the boot goes on, it goes on with that. */
void volume_list_note_built(struct boot_context *context, const struct plan *plan);

#endif
