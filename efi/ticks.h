/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor's counter since power-on, one file for each processor (arch.mk picks it). */
#ifndef CLEANSLATE_EFI_TICKS_H
#define CLEANSLATE_EFI_TICKS_H

#include <stdint.h>

uint64_t ticks_now(void);        /* 0 = no counter that tells the time since power-on */
uint64_t ticks_per_second(void); /* 0 = the processor does not say */

#endif
