/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two progress slots in the EFI variables. Owns which slot is written next and the growing sequence number. */
#ifndef CLEANSLATE_LINUX_PROGRESS_STORE_H
#define CLEANSLATE_LINUX_PROGRESS_STORE_H

#include "common/state/progress.h"
#include "linux/efi/efivarfs.h"

/* Bytes of the firmware's store. A record takes less than 1 KiB in it, with its name and header. */
#define PROGRESS_ROOM_NEEDED   (4u << 10) /* without as much no reset begins: its beginning, a failure, its end */
#define PROGRESS_ROOM_TO_SPARE (8u << 10) /* what people alone look at is noted as long as there is as much */

struct progress_store {
        const struct efivarfs *variables;
        const struct progress_keys *keys; /* the caller's; NULL: only for looking at */
        int slot;                         /* the one that counts now; -1 = none */
        uint64_t sequence;
};

/* Reads both slots. A store without valid slots gives PHASE_IDLE; -EIO if the only ones there are cannot be read. keys NULL: what
 * the slots claim, which the running system's root may have written; for showing, never for acting on. */
int progress_store_read(const struct efivarfs *variables, const struct progress_keys *keys, struct progress_store *ret_store,
                        struct progress *ret);

/* Writes the slot that does not count, which then counts, and reads it back; -EIO if the store does not hold what was written,
 * -ENOKEY if this boot was not given the key for progress of its origin. */
int progress_store_commit(struct progress_store *store, struct progress *progress);

/* Behind a commit that failed: whether a slot may hold it all the same, because it does, or because it cannot be read. */
bool progress_store_may_hold(const struct progress_store *store, const struct progress *progress);

#endif
