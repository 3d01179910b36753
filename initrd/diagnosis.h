/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known about the machine, in lines for the recovery page: image, partitions, TPM, the last reset's record. Looks from
 * outside only: no old state is opened, nothing is written. */
#ifndef CLEANSLATE_INITRD_DIAGNOSIS_H
#define CLEANSLATE_INITRD_DIAGNOSIS_H

#include "initrd/boot-context.h"
#include "initrd/recovery-page.h"

void diagnosis_add(struct boot_context *context, struct page_part *part);

/* "2.9 GiB" */
#define SIZE_TEXT_MAX 32
void size_format(uint64_t bytes, char ret[static SIZE_TEXT_MAX]);

/* "2026-11-24 02:10 UTC"; "an unknown time" for 0. */
#define TIME_TEXT_MAX 40
void time_format(uint64_t seconds, char ret[static TIME_TEXT_MAX]);

#endif
