/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a distribution keeps an initrd of its own, this program stands beside its /init and is named by rdinit=: it does what it
 * does, and an ordinary boot then goes on in that /init, with everything mounted below ROOT_PATH. No other mode gets there. */
#ifndef CLEANSLATE_INITRD_FOREIGN_INITRD_H
#define CLEANSLATE_INITRD_FOREIGN_INITRD_H

#include <stdbool.h>

/* Where that initrd finds what was left in /run, if it mounts another one there. */
#define FOREIGN_INITRD_RUN_PATH "/run-of-cleanslate"

/* Whether this program is not /init itself, and there is one. */
bool foreign_initrd_is_there(void);

/* Leaves the kernel's file systems unmounted, as the kernel does, and becomes /init. Returns negative errno on failure; otherwise
 * never. */
int foreign_initrd_execute(void);

#endif
