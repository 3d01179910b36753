/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time since power-on; see clock.h. */
#include "efi/clock.h"
#include "efi/ticks.h"

#define USEC_PER_SECOND 1000000
#define SAMPLE_USEC     1000
#define SAMPLES         3

/* Counts through a short wait. */
static uint64_t sample_ticks_per_second(const struct platform *platform)
{
        uint64_t before = ticks_now(), after;

        (void)boot_services(platform)->Stall(SAMPLE_USEC);
        after = ticks_now();
        return after > before ? (after - before) * (USEC_PER_SECOND / SAMPLE_USEC) : 0;
}

uint64_t clock_frequency(const struct platform *platform)
{
        uint64_t frequency = ticks_per_second();

        if (frequency != 0)
                return frequency;
        /* A wait may be overrun, by firmware that is busy; it is never cut short. */
        frequency = sample_ticks_per_second(platform);
        for (unsigned i = 1; i < SAMPLES; i++) {
                uint64_t sample = sample_ticks_per_second(platform);

                if (sample < frequency)
                        frequency = sample;
        }
        return frequency;
}

uint64_t clock_usec(uint64_t ticks, uint64_t frequency)
{
        return ticks / frequency * USEC_PER_SECOND + ticks % frequency * USEC_PER_SECOND / frequency;
}
