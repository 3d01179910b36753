/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reset from its plan to its end, or the first boot, which is a reset with nothing to erase. Owns the order of things: check
 * everything, commit, execute, record, retire. Destroys nothing itself. */
#ifndef CLEANSLATE_INITRD_RESET_H
#define CLEANSLATE_INITRD_RESET_H

#include "common/course/reset-course.h"
#include "initrd/boot-context.h"

/* Runs or resumes a reset, to one of the course's ends: COMPLETE (the request is retired), AWAITING_FIRMWARE (it goes on behind
 * the restart that has to follow), TRY_AGAIN (behind the next one), PAGE (a person has to look at it) or PAGE_INTACT (the same,
 * and nothing was begun). But for the first two, trouble says why. */
enum course_state reset_run(struct boot_context *context, enum reset_origin origin);

/* Whether a reset could be carried out and the system rebuilt now: its plan, and everything that the preflight tries. Changes
 * nothing on any disk but, if need be, a directory for the record. 0 with *ret_plan, or negative errno with trouble set. */
int reset_check(struct boot_context *context, struct plan *ret_plan);

/* The first words of a reset that was asked for. */
void reset_announce(struct boot_context *context);

#endif
