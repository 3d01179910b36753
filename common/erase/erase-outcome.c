/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/erase/erase-outcome.h"

#include "common/base/bytes.h"

static const char *const patterns[PATTERN_COUNT] = { [PATTERN_ZEROS] = "zeros", [PATTERN_KEYSTREAM] = "keystream" };
static const char *const verifications[VERIFICATION_COUNT] = {
        [VERIFICATION_NONE] = "none",
        [VERIFICATION_FULL] = "full",
        [VERIFICATION_SAMPLED] = "sampled",
};

const char *erase_pattern_name(enum erase_pattern pattern)
{
        return (unsigned)pattern < PATTERN_COUNT ? patterns[pattern] : "unknown";
}

const char *verification_name(enum verification verification)
{
        return (unsigned)verification < VERIFICATION_COUNT ? verifications[verification] : "unknown";
}

bool erase_outcome_is_clean(const struct erase_outcome *outcome)
{
        return outcome->unwritable.total_bytes == 0 && outcome->unreadable.total_bytes == 0 && outcome->wrong.total_bytes == 0;
}
