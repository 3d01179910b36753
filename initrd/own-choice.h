/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mode of a boot that no stub of ours has decided on: the kernel was started by systemd-stub, or by other means. The initrd
 * decides it by the stub's own function, from the same variables and from the verified image, and measures it before anything
 * acts on it. What a stub of ours would have kept away from the running system (the device's secret, the count of boots) is not
 * there, and nothing takes its place: progress proves nothing then, so a reset that is under way is done again as a whole. */
#ifndef CLEANSLATE_INITRD_OWN_CHOICE_H
#define CLEANSLATE_INITRD_OWN_CHOICE_H

#include "initrd/boot-context.h"

/* What another stub has left of this boot in volatile variables (systemd-stub(7)): whether it has measured the image. To be
 * called before the TPM is looked for. Only where context->started_by_stub is false. */
void own_choice_prepare(struct boot_context *context);

/* Fills context->handover as a stub of ours would have, as far as it can be known, calls gather_system(), and measures the mode.
 * A request or a setting counts only as far as the verified image says so; where that cannot be verified, what is left is the
 * command line and progress, and every mode ends on the recovery page. Does nothing where a stub of ours has decided. */
void own_choice_make(struct boot_context *context);

#endif
