/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/base/pace.h"

#define BYTES_SENSIBLE (UINT64_MAX / 1000) /* more than that no device has, and milliseconds times bytes stay in 64 bits */

bool pace_see(struct pace *pace, uint64_t now_ms, uint64_t done_bytes, uint64_t total_bytes, uint64_t *ret_rate,
              uint64_t *ret_left_s)
{
        uint64_t spent_ms, rate;

        if (!pace->begun || done_bytes < pace->last_bytes)
                *pace = (struct pace){ .begun = true, .begun_ms = now_ms, .begun_bytes = done_bytes };
        pace->last_bytes = done_bytes;
        if (now_ms <= pace->begun_ms || done_bytes > total_bytes || total_bytes > BYTES_SENSIBLE)
                return false;
        spent_ms = now_ms - pace->begun_ms;
        rate = (done_bytes - pace->begun_bytes) * 1000 / spent_ms;
        if (rate == 0)
                return false;
        *ret_rate = rate;
        *ret_left_s = (total_bytes - done_bytes + rate - 1) / rate;
        return true;
}
