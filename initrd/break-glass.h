/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Break-glass: a shell over the verified, read-only image, with state and config out of reach, that leaves a trace. The stub has
 * measured the mode, so the TPM refuses the keys; this shows that it does, writes the event down, and only then gives a prompt.
 */
#ifndef CLEANSLATE_INITRD_BREAK_GLASS_H
#define CLEANSLATE_INITRD_BREAK_GLASS_H

#include "initrd/boot-context.h"

/* Ends in a restart when the shell does, or in the recovery page that says why there is none. */
_Noreturn void break_glass(struct boot_context *context);

/* In an ordinary boot, before the system takes over: puts what happened since the last one into the kernel log, once. */
void break_glass_tell(struct boot_context *context);

#endif
