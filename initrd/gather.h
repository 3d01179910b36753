/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the disk we were started from, opens the verified image on it, reads the image's policy and takes stock of the
 * partitions. Changes nothing on any disk. */
#ifndef CLEANSLATE_INITRD_GATHER_H
#define CLEANSLATE_INITRD_GATHER_H

#include "initrd/boot-context.h"

/* 0, or negative errno with context->trouble set. After it: root_fd, os, policy, inventory, request. Once: a second call gives
 * the answer of the first (-EIO for a failure). */
int gather_system(struct boot_context *context);

/* Reads the partition table again, with roles and contents (after a step changed it). */
int gather_partitions(struct boot_context *context);

/* How progress is shown: cleanslate.language= and cleanslate.progress= of the command line, which the stub has measured. */
void gather_display(struct boot_context *context);

/* Measures the phase in which sealed keys open, and before it the event of the mode, where the stub could not. If the TPM refuses
 * that as well, the phase is not measured, either: nothing unseals in this boot, and context->mode_unmeasured is set. */
void gather_measure_start(struct boot_context *context);

/* Measures the departure from a normal boot where the stub could not: keys sealed to that do not unseal from here on. A normal
 * mode has no event. Where the TPM refuses, context->mode_unmeasured is set, and the keys are put out of reach by the end of the
 * phase, if the TPM takes that. */
void gather_measure_mode(struct boot_context *context, enum boot_mode mode);

/* The unique GUID of the partition that the boot loader was started from; false = nobody has said. */
bool gather_boot_partition(const struct boot_context *context, struct guid *ret);

#endif
