/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handing a collection of files over to the reset: sealed for the reset boot of the image that runs now, on the ESP. */
#ifndef CLEANSLATE_RESET_TOOL_PRESERVE_DELIVER_H
#define CLEANSLATE_RESET_TOOL_PRESERVE_DELIVER_H

#include "reset-tool/preserve-collect.h"

/* `nonce`: the request's. Replaces what was there. False: *ret_why says what failed; then there is none. */
bool preserve_deliver(const struct environment *environment, const struct boot_context *context,
                      const struct preserve_collection *collection, const struct id128 *nonce, struct explanation *ret_why);

/* Takes it back. What cannot be deleted is of no use to anybody without its request. */
void preserve_withdraw(const struct environment *environment, const struct boot_context *context);

#endif
