/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last look before the first destructive step: whatever rebuilding will need is tried now. Changes nothing. */
#ifndef CLEANSLATE_INITRD_PREFLIGHT_H
#define CLEANSLATE_INITRD_PREFLIGHT_H

#include "initrd/reset-state.h"

/* 0, or negative errno with trouble set. Fills factory and the TPM's evidence of now. */
int preflight(struct reset *reset);

#endif
