/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time since power-on, for systemd-analyze. Decides nothing in a boot. */
#ifndef CLEANSLATE_EFI_CLOCK_H
#define CLEANSLATE_EFI_CLOCK_H

#include "efi/platform.h"

/* Ticks of the counter of efi/ticks.h in a second; 0 = unknown. Where it has to be sampled no two answers are the same: times
 * that are compared with each other are converted by the same one. */
uint64_t clock_frequency(const struct platform *platform);

/* Microseconds of so many ticks; the frequency is not 0. */
uint64_t clock_usec(uint64_t ticks, uint64_t frequency);

#endif
