/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last facts, which an ordinary boot does not wait for, the plan of them, and whether it can be carried out. Changes nothing.
 */
#ifndef CLEANSLATE_INITRD_RESET_PLAN_H
#define CLEANSLATE_INITRD_RESET_PLAN_H

#include "initrd/reset-state.h"

/* Fills reset->plan, and tries everything that it will need: the factory state as it will be rebuilt from, and the TPM's evidence
 * of now, are in *reset then. `request`: what was asked for, NULL = nobody asked. Negative errno with trouble set, also where the
 * plan is refused. */
int reset_plan_and_try(struct reset *reset, const struct request *request);

/* COURSE_CHECK of a course: the plan, everything that the preflight tries, what was handed over to be kept. 0: the course has
 * been told; otherwise negative errno with trouble set, and reset->is_in_doubt tells whether anything may be written to this
 * disk. */
int reset_check_everything(struct reset *reset);

/* SHA-256 of the value of the request that is due; NULL = none is. */
const uint8_t *reset_due_digest(const struct boot_context *context);

#endif
