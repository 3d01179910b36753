/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device would say of an image: the plans of its first boot and of the resets after that, made by the very functions that
 * the initrd and `cleanslate plan` call. */
#ifndef CLEANSLATE_IMAGES_JUDGE_PLANS_H
#define CLEANSLATE_IMAGES_JUDGE_PLANS_H

#include "common/plan/plan.h"
#include "images/problems.h"

/* `inventory`: the disk as it is written to a device, whose TPM and firmware are good; additional disks are not judged, since
 * which of them a device has is not the image's to say. Asked are a first boot, a reset of the disk as it is, the reset of what
 * the first boot makes and the one after that, an ordinary boot between them; with a TPM, and where the settings let a device do
 * without, without one as well. Each refusal is told once. *ret_first (NULL: not wanted): the first boot's plan with a TPM. */
void judge_plans(int root_fd, const struct policy *policy, const struct inventory *inventory, struct problems *problems,
                 struct plan *ret_first);

#endif
