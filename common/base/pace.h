/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast a long work goes and how long it will still take, from what a meter is told. */
#ifndef CLEANSLATE_COMMON_PACE_H
#define CLEANSLATE_COMMON_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* All zero before the first call. */
struct pace {
        bool begun;
        uint64_t begun_ms, begun_bytes; /* what was done before is not part of the pace: a resumed work starts in the middle */
        uint64_t last_bytes;
};

/* Takes note of `done_bytes` at `now_ms`; less than the last time means that another pass has begun. False as long as nothing can
 * be said. *ret_rate is in bytes a second. */
bool pace_see(struct pace *pace, uint64_t now_ms, uint64_t done_bytes, uint64_t total_bytes, uint64_t *ret_rate,
              uint64_t *ret_left_s);

#endif
