/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time-stamp counter; see ticks.h. */
#include "efi/ticks.h"
#include <cpuid.h>

#define FEATURES_ECX_HYPERVISOR (1U << 31)
#define LEAF_TSC                0x15 /* Intel SDM volume 2A, CPUID: denominator, numerator, crystal frequency */
#define LEAF_FREQUENCY          0x16 /* base frequency in MHz */

uint64_t ticks_now(void)
{
        unsigned eax, ebx, ecx, edx;

        /* In a virtual machine the counter may be the host's, which says nothing about this machine's start. */
        if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & FEATURES_ECX_HYPERVISOR) != 0)
                return 0;
        return __builtin_ia32_rdtsc();
}

uint64_t ticks_per_second(void)
{
        unsigned denominator, numerator, crystal_hz, edx;
        unsigned base_mhz, ebx, ecx;

        if (__get_cpuid(LEAF_TSC, &denominator, &numerator, &crystal_hz, &edx) == 0 || denominator == 0 || numerator == 0)
                return 0;
        if (crystal_hz != 0)
                return (uint64_t)crystal_hz * numerator / denominator;
        if (__get_cpuid(LEAF_FREQUENCY, &base_mhz, &ebx, &ecx, &edx) == 0)
                return 0;
        return (uint64_t)base_mhz * 1000 * 1000; /* the crystal is derived from it and cancels out */
}
