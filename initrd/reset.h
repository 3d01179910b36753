/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reset from its plan to its end, or the first boot, which is a reset with nothing to erase. Owns the order of things: check
 * everything, commit, execute, record, retire. Destroys nothing itself. */
#ifndef CLEANSLATE_INITRD_RESET_H
#define CLEANSLATE_INITRD_RESET_H

#include "initrd/device.h"

/* Runs or resumes a reset. 0: it is complete and the request is retired, or it goes on behind the restart that has to follow (the
 * firmware was asked to clear the TPM). Negative errno: trouble says why; *ret_begun tells
 * whether anything was destroyed (then only another attempt can follow). */
int reset_run(struct device *device, enum reset_origin origin, bool *ret_begun);

/* Whether a reset could be carried out and the system rebuilt now: its plan, and everything that the preflight tries. Changes
 * nothing on any disk but, if need be, a directory for the record. 0 with *ret_plan, or negative errno with trouble set. */
int reset_check(struct device *device, struct plan *ret_plan);

/* The first words of a reset that was asked for. */
void reset_announce(struct device *device);

#endif
