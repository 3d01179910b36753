/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time since power-on; see clock.h. */
#include "efi/clock.h"
#include "efi/ticks.h"

#define USEC_PER_SECOND 1000000
#define SAMPLE_USEC     1000

/* Counts through a short wait where the processor does not know its frequency. */
static uint64_t sample_ticks_per_second(const struct platform *platform)
{
        uint64_t before = ticks_now(), after;

        (void)boot_services(platform)->Stall(SAMPLE_USEC);
        after = ticks_now();
        return after > before ? (after - before) * (USEC_PER_SECOND / SAMPLE_USEC) : 0;
}

uint64_t clock_usec(const struct platform *platform)
{
        uint64_t ticks = ticks_now(), frequency;

        if (ticks == 0)
                return 0;
        frequency = ticks_per_second();
        if (frequency == 0)
                frequency = sample_ticks_per_second(platform);
        if (frequency == 0)
                return 0;
        return ticks / frequency * USEC_PER_SECOND + ticks % frequency * USEC_PER_SECOND / frequency;
}
