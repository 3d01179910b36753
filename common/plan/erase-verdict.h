/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the outcome of one erasing means for a reset, and its words. Decides; erases nothing. */
#ifndef CLEANSLATE_COMMON_ERASE_VERDICT_H
#define CLEANSLATE_COMMON_ERASE_VERDICT_H

#include "common/base/bytes.h"
#include "common/erase/erase-outcome.h"
#include "common/policy/policy.h"

enum erase_verdict {
        ERASE_COMPLETE,
        ERASE_PARTIAL, /* bad sectors, and the policy lets the reset go on: its result can only be "partial" */
        ERASE_FAILED,  /* the rest is still erased, but the reset fails before anything is rebuilt */
};

/* Bad sectors where keys were (`key_area`) fail always: a key that survives undoes the erasing of all that it encrypted. So does
 * content that reads back wrong at sectors that took the write without complaint: a device that lies about one sector may lie
 * about any. Everything else is for the policy to say. */
enum erase_verdict erase_judge(const struct erase_outcome *outcome, bool key_area, enum bad_sectors_policy policy);

/* "1536 bytes cannot be written (at 4096..5632), 512 bytes cannot be read (at 0..512 and 3 other places)"; "" if clean. Bytes
 * count from the start of the device, ends are exclusive. */
void erase_describe_faults(const struct erase_outcome *outcome, struct writer *writer);

#endif
