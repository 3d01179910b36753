/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first steps of PID 1: kernel file systems, consoles, modules, what the stub handed over, the TPM's phase. */
#ifndef CLEANSLATE_INITRD_EARLY_H
#define CLEANSLATE_INITRD_EARLY_H

#include "initrd/boot-context.h"

/* Never fails as a whole: what is missing shows up where it is needed. */
void early_mounts(void);
void early_gather(struct boot_context *context);

#endif
