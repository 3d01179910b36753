/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing into an existing device: an ordinary boot makes the volumes that its image defines and this device has never had, as
 * an update brings them. Everything is built and verified in partitions that only the kernel knows; the table is written last, so
 * that one that was interrupted has never happened. Nothing that is there is changed, and no failure keeps the system from
 * starting. */
#ifndef CLEANSLATE_INITRD_ADDITION_H
#define CLEANSLATE_INITRD_ADDITION_H

#include "initrd/reset-state.h"

/* NULL: there is nothing to be added, or nothing that can be; then context->addition_trouble says why. For addition_run(), which
 * frees it. */
struct reset *addition_plan(struct boot_context *context);

/* `built`: the secret of the volumes that a reset builds, where this boot has unsealed it; without one a new one is sealed. 0:
 * the table has the new partitions. Negative errno with context->addition_trouble set: it has none of them, unless it was
 * the kernel that did not take them from the table; then the next boot finds them complete. */
int addition_run(struct reset *reset, const struct volume_key *built);

#endif
