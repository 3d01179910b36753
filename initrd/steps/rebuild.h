/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building the factory state into new volumes: one sealed key for all of them, the trees, and the proof that they are the
 * image's. */
#ifndef CLEANSLATE_INITRD_REBUILD_H
#define CLEANSLATE_INITRD_REBUILD_H

#include "initrd/reset-state.h"

/* Makes reset->key on its first call: a random secret, sealed under the signed PCR policy. Unsealing costs a real TPM
 * hundreds of milliseconds, so all volumes of one reset share it; their volume keys differ. */
int rebuild_seal_key(struct reset *reset);

int rebuild_copy(struct reset *reset, const struct partition_definition *definition, const char *partition_path, char *detail,
                 size_t detail_size);

/* Mounts anew, so that what is hashed comes from the disk; compares with the manifest; marks the volume complete. */
int rebuild_verify(struct reset *reset, const struct partition_definition *definition, const char *partition_path, char *detail,
                   size_t detail_size);

#endif
