/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time, as the following of a purge needs it. In a file of its own so that tests put a clock in its place that does not wait. */
#ifndef CLEANSLATE_LINUX_MEDIA_WAIT_H
#define CLEANSLATE_LINUX_MEDIA_WAIT_H

#include <stdint.h>

uint64_t media_now_ms(void); /* CLOCK_BOOTTIME */
void media_pause_ms(unsigned milliseconds);

#endif
