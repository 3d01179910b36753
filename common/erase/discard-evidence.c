/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where markers go, which places are looked at, and what the answers prove. */
#include "common/erase/discard-evidence.h"

bool discard_is_proven(const struct discard_evidence *evidence)
{
        return evidence->tried && evidence->result == 0 && evidence->markers >= DISCARD_PLACES_MIN &&
               evidence->samples >= DISCARD_PLACES_MIN && evidence->not_zero == 0 && evidence->unreadable == 0;
}
