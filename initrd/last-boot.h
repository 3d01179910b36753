/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far the last permitted boot came, so that the recovery page behind it can tell an init that died from a kernel that never
 * got there. Costs an ordinary boot nothing: only the last boot of a failing series is noted. */
#ifndef CLEANSLATE_INITRD_LAST_BOOT_H
#define CLEANSLATE_INITRD_LAST_BOOT_H

#include "common/boot/panic-text.h"
#include "initrd/boot-context.h"

/* Notes in the last permitted boot that it came this far. Right before the system's init is started, also has the kernel keep its
 * last words. Failures cost a reason, never the boot; and no page opens for boots that could not be noted (boot-trace.h). */
void last_boot_note(struct boot_context *context, enum boot_reached reached);

/* Behind a reset: the boots that failed were the old system's. */
void last_boot_forget(struct boot_context *context);

/* The reason of the panic that the firmware's variables hold, if any. */
bool last_boot_panic(struct boot_context *context, char ret[static PANIC_TEXT_MAX]);

#endif
