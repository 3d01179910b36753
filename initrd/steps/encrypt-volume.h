/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new encrypted volume on a partition. Destroys what is there: reached through execute_step() alone. */
#ifndef CLEANSLATE_INITRD_ENCRYPT_VOLUME_H
#define CLEANSLATE_INITRD_ENCRYPT_VOLUME_H

#include "initrd/steps/work.h"

/* Seals the key if that is not done, writes the header, and maps the volume. One with Integrity=inline is written over once,
 * because no sector reads before it was written; whatever an interrupted attempt had written, from its start. 0, or negative
 * errno with the device's trouble set. */
int encrypt_volume(const struct work *work, const char *partition_path);

#endif
