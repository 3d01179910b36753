/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the old system has handed over to outlive its reset: taken from the ESP while the TPM still opens it, held in memory,
 * judged by the verified image's policy, put back into volumes that have been found equal to the factory manifest. Whatever is
 * wrong with it is said, recorded and dropped, and never stops a reset. */
#ifndef CLEANSLATE_INITRD_PRESERVE_H
#define CLEANSLATE_INITRD_PRESERVE_H

#include "initrd/reset-state.h"

/* Before anything is erased. Reads only. */
void preserve_load(struct reset *reset);

/* Says what of an open bundle belongs into no volume, and whether it breaks off. Part of preserve_load(), for a test. */
void preserve_examine(struct reset *reset);

/* Puts back what belongs to the definition's file system, mounted at `fd`, and reads it back from the disk. */
void preserve_restore(struct reset *reset, const struct partition_definition *definition, int fd);

#endif
