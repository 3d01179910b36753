/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recovery key of [Seal] recovery-key=yes as the recovery page takes it, when the TPM does not release the secret any more.
 * It is made by a reset (initrd/steps/recovery-key-make.h). */
#ifndef CLEANSLATE_INITRD_RECOVERY_KEY_H
#define CLEANSLATE_INITRD_RECOVERY_KEY_H

#include "common/format/recovery-key.h"
#include "initrd/boot-context.h"

/* Has the secret that the typed key opens sealed by this TPM to what the PCRs hold now, for all volumes that it opens; the next
 * ordinary boot unlocks them. No volume is opened here. -EINVAL: not the form of a key; -EACCES: not this device's; -ENOENT: no
 * volume has one; otherwise the TPM's or the disk's. */
int recovery_key_use(struct boot_context *context, const char *typed);

#endif
