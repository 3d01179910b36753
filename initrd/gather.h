/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the disk we were started from, opens the verified image on it, reads the image's policy and takes stock of the
 * partitions. Changes nothing on any disk. */
#ifndef CLEANSLATE_INITRD_GATHER_H
#define CLEANSLATE_INITRD_GATHER_H

#include "initrd/device.h"

/* 0, or negative errno with device->trouble set. After it: root_fd, os, policy, inventory, request. */
int gather_system(struct device *device);

/* Reads the partition table again, with roles and contents (after a step changed it). */
int gather_partitions(struct device *device);

/* Reads the kernel command line the stub measured; decides the mode where no stub did. */
void gather_command_line(struct device *device);

/* How progress is shown: cleanslate.language= and cleanslate.progress= of the command line, which the stub has measured. */
void gather_display(struct device *device);

/* Measures the phase in which sealed keys open, and before it the event of the mode, where the stub could not. If the TPM refuses
 * that as well, the phase is not measured, either: nothing unseals in this boot, and device->mode_unmeasured is set. */
void gather_measure_start(struct device *device);

/* Measures the departure from a normal boot where the stub could not: keys sealed to that do not unseal from here on. A normal
 * mode has no event. Where the TPM refuses, device->mode_unmeasured is set, and the keys are put out of reach by the end of the
 * phase, if the TPM takes that. */
void gather_measure_mode(struct device *device, enum boot_mode mode);

/* The unique GUID of the partition that the boot loader was started from; false = nobody has said. */
bool gather_boot_partition(const struct device *device, struct guid *ret);

#endif
