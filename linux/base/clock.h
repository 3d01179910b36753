/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One clock for all that waits and is measured. In a file of its own, so that tests put one in its place that does not wait. */
#ifndef CLEANSLATE_LINUX_CLOCK_H
#define CLEANSLATE_LINUX_CLOCK_H

#include <stdint.h>

uint64_t now_ms(void); /* CLOCK_BOOTTIME: goes on while the machine sleeps, and nobody sets it */
void pause_ms(unsigned milliseconds);

#endif
