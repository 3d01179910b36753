/* SPDX-License-Identifier: GPL-2.0-or-later */
/* About how long a plan takes, from the kind of each medium. An estimate for a person who waits; nothing depends on it, and no
 * rate of this very device is known. Pure. */
#ifndef CLEANSLATE_COMMON_PLAN_DURATION_H
#define CLEANSLATE_COMMON_PLAN_DURATION_H

#include "common/plan/plan.h"

struct plan_duration {
        uint64_t seconds;      /* from the restart to the login; 0 = the plan is refused */
        bool device_decides;   /* a device's own command is part of it, and how long that takes is the device's business */
        bool waits_for_person; /* the firmware may ask before it clears the TPM */
};

/* `medium`: the disk the system was started from. */
struct plan_duration plan_duration(const struct plan *plan, const struct policy *policy, const struct inventory *inventory,
                                   const struct media_facts *medium);

#endif
