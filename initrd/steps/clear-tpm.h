/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clears the TPM by the way the plan has chosen, with proof. Reached through execute_step() alone. */
#ifndef CLEANSLATE_INITRD_CLEAR_TPM_H
#define CLEANSLATE_INITRD_CLEAR_TPM_H

#include "initrd/reset-state.h"

/* 0: it is cleared, or the policy "try" lets a failure pass; `detail` says which. -EINPROGRESS: the firmware was asked and the
 * progress says so; nothing but a restart may follow, and the next boot comes here again. Else negative errno with trouble set.
 */
int clear_tpm(struct reset *reset, char *detail, size_t detail_size);

#endif
