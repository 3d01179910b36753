/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reset that this boot cannot begin, because it is none that the stub has decided and measured as one: the next boot is asked
 * for it, by the same request that the running system makes. */
#ifndef CLEANSLATE_INITRD_RESET_REQUEST_H
#define CLEANSLATE_INITRD_RESET_REQUEST_H

#include "initrd/boot-context.h"

/* Writes the request. Needs gather_system()'s facts. 0, or negative errno with trouble set; nothing is erased by it. */
int reset_ask_next_boot(struct boot_context *context, const char *reason, const char *requester);

#endif
