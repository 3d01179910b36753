/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes back two variables of which each start would make something: the request for a reset, and the count of boots. Where the
 * firmware does not let one be removed, it is overwritten with one that says nothing. */
#ifndef CLEANSLATE_LINUX_RETIRE_H
#define CLEANSLATE_LINUX_RETIRE_H

#include "linux/efi/efivarfs.h"

/* 0: none was there; 1: what was there is gone, or says nothing any more; otherwise what efivarfs_write() says. `seen`: the stub
 * has seen one, see efivarfs_remove_seen(). */
int retire_request(const struct efivarfs *store, bool seen);
int retire_boot_count(const struct efivarfs *store, bool seen);

#endif
