/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out one step of a plan. The sole caller of anything destructive: what is not called from here cannot hurt a disk or a
 * TPM. */
#ifndef CLEANSLATE_INITRD_EXECUTE_H
#define CLEANSLATE_INITRD_EXECUTE_H

#include "initrd/reset-state.h"

/* Executes and checks reset->plan.steps[index]; `detail` (of the record) says what was checked. 0, or negative errno with trouble
 * set. STEP_COMMIT_PROGRESS, STEP_WRITE_RECORD and STEP_RETIRE_REQUEST are reset.c's. */
int execute_step(struct reset *reset, size_t index, char *detail, size_t detail_size);

#endif
