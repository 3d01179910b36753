/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page shown when the machine cannot go on by itself: what is wrong, what was and was not done, what a person can do. */
#ifndef CLEANSLATE_INITRD_RECOVERY_H
#define CLEANSLATE_INITRD_RECOVERY_H

#include "common/show/recovery-offers.h"
#include "initrd/boot-context.h"

/* Shows context->trouble and what is known, and waits for a key on any console; nothing happens without one. Measures the
 * departure from a normal boot, if the stub has not. Never returns: it ends in a restart, in power-off, or in a confirmed reset.
 */
_Noreturn void recovery_page(struct boot_context *context, bool anything_destroyed);

/* What the page goes by. `anything_destroyed` as for recovery_page(). */
struct recovery_facts recovery_facts_of(const struct boot_context *context, bool anything_destroyed);

_Noreturn void restart_machine(struct boot_context *context);

#endif
