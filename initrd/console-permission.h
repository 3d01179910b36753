/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the image lets somebody at the machine do ([Menu] of cleanslate.conf), as the initrd holds it: the stricter of the stub's
 * section and the verified image's file. The stub alone asks for the password, because it alone can count wrong ones. */
#ifndef CLEANSLATE_INITRD_CONSOLE_PERMISSION_H
#define CLEANSLATE_INITRD_CONSOLE_PERMISSION_H

#include "initrd/boot-context.h"

/* As far as it is known: the file's words count once the image is verified. */
struct console_access console_permission_known(const struct boot_context *context);

/* Whether somebody at the machine chose this boot's mode. A command line that no stub has vouched for is anybody's; a reset that
 * has begun goes on for everybody. */
bool console_permission_is_needed(const struct boot_context *context);

/* 0, or -EPERM and context->trouble says what is missing. */
int console_permission_reset(struct boot_context *context);
int console_permission_break_glass(struct boot_context *context);

/* Has the next start ask for the password and then for a factory reset. -EBUSY: another boot loader comes first, and its entries
 * are not ours to choose; others as efivarfs_write(). */
int console_permission_ask_at_restart(struct boot_context *context);

#endif
