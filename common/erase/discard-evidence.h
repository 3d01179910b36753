/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a device has given back the blocks that it was told to discard. A discard is a hint: a device may take it and do
 * nothing, and what is then read back from a few chosen places proves little. So markers are written all over the range before,
 * other places are looked at, and everything has to read as zeros afterwards. Pure. */
#ifndef CLEANSLATE_COMMON_DISCARD_EVIDENCE_H
#define CLEANSLATE_COMMON_DISCARD_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#define DISCARD_PLACES_MIN 200 /* of each kind; fewer are overwritten faster than looked at */

struct discard_evidence {
        bool tried;           /* the device was told to discard, after the markers were seen to be there */
        int result;           /* of the command and of looking at what it did; 0 or negative errno */
        uint32_t markers;     /* written, read back: the first block, the last one, and one in each of equal stretches */
        uint32_t samples;     /* other places, left as they were */
        uint32_t data_before; /* samples that were something else than zeros before */
        uint32_t not_zero;    /* markers and samples that are something else than zeros after */
        uint32_t unreadable;  /* markers and samples that cannot be read after */
};

/* True: nothing of the range needs to be overwritten for the blocks to be gone. */
bool discard_is_proven(const struct discard_evidence *evidence);

#endif
