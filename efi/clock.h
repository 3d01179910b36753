/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time since power-on, for systemd-analyze. Decides nothing in a boot. */
#ifndef CLEANSLATE_EFI_CLOCK_H
#define CLEANSLATE_EFI_CLOCK_H

#include "efi/platform.h"

/* Microseconds since power-on; 0 = unknown. */
uint64_t clock_usec(const struct platform *platform);

#endif
