/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the image wants to be run at certain moments: the programs in its directory of hooks, and nothing that the running system
 * has put there or over it. Explains; never prints. */
#ifndef CLEANSLATE_RESET_TOOL_HOOKS_H
#define CLEANSLATE_RESET_TOOL_HOOKS_H

#include "linux/image/image-hooks.h"
#include "reset-tool/request-store.h"

#define HOOK_SECONDS        60 /* what one may take */
#define HOOK_BEFORE_REQUEST "before-request"
#define HOOK_WARNING        "warning"

/* Runs each with the event, then `facts` ("key=value", the last is NULL), in the order of their names, until one does not end
 * with 0. False: *ret_why has its name and the first thing it said. A root that is not verified has no hooks. */
bool hooks_run(const struct environment *environment, const char *event, const char *const *facts, struct explanation *ret_why);

/* HOOK_BEFORE_REQUEST, with the options of the request. */
bool hooks_allow(const struct environment *environment, const struct reset_options *options, struct explanation *ret_why);

#endif
