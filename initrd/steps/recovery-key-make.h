/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recovery key of [Seal] recovery-key=yes: made where a reset seals the new volumes, left on the state volume for root to
 * write down or to store away. */
#ifndef CLEANSLATE_INITRD_RECOVERY_KEY_MAKE_H
#define CLEANSLATE_INITRD_RECOVERY_KEY_MAKE_H

#include "initrd/reset-state.h"

/* Where the running system finds it, if the path is on an encrypted volume that the reset builds. */
#define RECOVERY_KEY_PATH "/var/lib/cleanslate/recovery-key"

/* Makes one for the secret in reset->key, if the policy asks for it. Sets trouble on failure. */
int recovery_key_make(struct reset *reset);

/* Leaves it as a file of root's on the volume mounted at `fd`, if it is the one for it. Negative errno. */
int recovery_key_leave(struct reset *reset, const struct partition_definition *definition, int fd);

#endif
