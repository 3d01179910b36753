/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wants to hear how far long work has come. */
#ifndef CLEANSLATE_LINUX_METER_H
#define CLEANSLATE_LINUX_METER_H

#include <stdint.h>

/* Called now and then during long work; total in bytes. context is the caller's. */
struct meter {
        void (*advance)(void *context, uint64_t done_bytes, uint64_t total_bytes);
        void *context;
};

#endif
