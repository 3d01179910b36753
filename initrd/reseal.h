/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A planned reseal, in the ordinary boots that it takes: one makes a copy of the secret that it has unsealed, the one behind the
 * change of Secure Boot's keys opens the volumes by it, seals the secret anew and erases the copy. The copy needs this TPM in a
 * boot of this image and the key of this copy, which the stub gives to few boots (common/boot/reseal). Nothing here keeps a boot
 * whose volumes are open from going on; what came of it stands in context->handover.reseal. */
#ifndef CLEANSLATE_INITRD_RESEAL_H
#define CLEANSLATE_INITRD_RESEAL_H

#include "initrd/sealed-key.h"

/* -ENOENT: there is no copy, or no boot in which one may be used; -EACCES: it is not this device's, of another time, or altered;
 * errors of tpm_unseal(). */
int reseal_open(struct boot_context *context, const struct luks_reseal *copy, uint8_t ret_secret[static VOLUME_SECRET_SIZE]);

/* For each encrypted volume that has proven complete, before the next one is unlocked: notes that a copy is wanted, or erases one
 * that is over, in the header that the key was read in. What a reset keeps and has a secret of its own is sealed anew at once. */
void reseal_volume(struct boot_context *context, const struct partition_definition *definition, const char *partition_path,
                   struct volume_keys *keys, struct volume_key *key);

/* When all volumes are mounted: makes the copies that are wanted, seals anew what was opened by one, and tells the stub what is
 * over. */
void reseal_finish(struct boot_context *context, struct volume_keys *keys);

#endif
