/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reset leaves behind in writing, and the last thing it takes away. */
#ifndef CLEANSLATE_INITRD_RESET_RECORD_H
#define CLEANSLATE_INITRD_RESET_RECORD_H

#include "initrd/reset-state.h"

/* The record of a reset that has come to its end, signed if the TPM signs. Negative errno with trouble set, also where not all of
 * the factory manifest was found. */
int reset_record_finish(struct reset *reset);

/* The record of an attempt that has failed, as well as it can be written. */
void reset_record_failure(struct reset *reset);

/* Removes what this reset was asked for by, and what belongs to it alone. Negative errno with trouble set. */
int reset_retire_request(struct reset *reset);

#endif
