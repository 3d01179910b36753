/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record's part about additional disks: what NIST SP 800-88 Rev. 2, 4.6 asks for of each that was erased, and for each other
 * disk of the machine why it was kept. Private to linux/record/record.c. */
#ifndef CLEANSLATE_LINUX_RECORD_DISKS_H
#define CLEANSLATE_LINUX_RECORD_DISKS_H

#include "common/base/json-write.h"
#include "linux/record/record.h"

/* Adds "additionalDisks" and "keptDisks"; nothing if the image's policy does not speak of additional disks. */
void record_disks_encode(struct writer *writer, const struct record_source *source);

#endif
