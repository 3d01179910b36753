/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset asks the stub to forget at the next start: variables that only boot services see, so that no operating system can
 * remove them. A small EFI variable of ours; its format and the names behind it. */
#ifndef CLEANSLATE_COMMON_FORGET_H
#define CLEANSLATE_COMMON_FORGET_H

#include "common/base/bytes.h"
#include "common/base/err.h"
#include "common/base/guid.h"

#define FORGET_VARIABLE_NAME "CleanslateForget"
#define FORGET_ENCODED_SIZE  2 /* version 1, what */

/* systemd's LoaderBootSecret: the key of the software TPM's state (systemd-stub(7)) */
#define FORGET_BOOT_SECRET 0x01u
/* shim's machine owner keys and the switches that weaken its checks; not MokListX, which forbids. The stub follows only if its
 * own settings say mok=reset, because whoever is root can write this variable. */
#define FORGET_OWNER_KEYS 0x02u

void forget_encode(uint32_t what, uint8_t ret[static FORGET_ENCODED_SIZE]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_VERSION, ERR_RANGE (something unknown). *ret untouched on failure. */
enum err forget_decode(const void *data, size_t size, uint32_t *ret);

struct forget_name {
        uint32_t what; /* FORGET_*, 0 ends the list */
        const struct guid *vendor;
        const char *name;
};

extern const struct forget_name forget_names[];

#endif
