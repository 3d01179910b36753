/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [Hooks] after-rebuild=yes: programs of the image that complete the factory state for this very device, a host name from its
 * serial number for one. They run behind the proof that the state is the image's. */
#ifndef CLEANSLATE_INITRD_HOOKS_H
#define CLEANSLATE_INITRD_HOOKS_H

#include "initrd/reset-state.h"

#define HOOK_SECONDS     60 /* what one may take */
#define HOOK_AFTER_BUILD "after-rebuild"

/* Mounts the new volumes below ROOT_PATH, runs every hook with the event, "reset=ID" and "origin=ORIGIN" in the order of their
 * names, and closes the volumes. One that does not end with 0 fails the reset, with its name and the first thing it said. */
int hooks_after_rebuild(struct reset *reset, char *detail, size_t detail_size);

#endif
