/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CLOCK_BOOTTIME in milliseconds. */
#include "linux/base/clock.h"

#include <errno.h>
#include <time.h>

uint64_t now_ms(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_BOOTTIME, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void pause_ms(unsigned milliseconds)
{
        struct timespec left = { .tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000 };

        while (clock_nanosleep(CLOCK_BOOTTIME, 0, &left, &left) == EINTR)
                ;
}
