/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a record tells what one overwriting came to, the same for a partition and for a whole disk. Private to
 * linux/record/record*. */
#ifndef CLEANSLATE_LINUX_RECORD_OUTCOME_H
#define CLEANSLATE_LINUX_RECORD_OUTCOME_H

#include "common/base/json-write.h"
#include "common/erase/erase-outcome.h"

/* Adds the members to an object that is open. */
void record_outcome_encode(struct writer *writer, const struct erase_outcome *outcome);

#endif
