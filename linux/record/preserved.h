/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was kept through a reset, for its record. */
#ifndef CLEANSLATE_LINUX_PRESERVED_H
#define CLEANSLATE_LINUX_PRESERVED_H

#include "common/base/bytes.h"
#include "common/format/pcr.h"
#include <stdbool.h>

#define PRESERVED_LINES_MAX   (128 << 10) /* bytes of the list; what does not fit is counted */
#define PRESERVED_DROPPED_MAX 256

struct preserved {
        bool asked; /* the request came with a bundle */
        uint32_t count;
        uint64_t bytes;
        struct writer lines;                 /* of what is back, each as the factory manifest would have it (docs/manifest.md) */
        uint8_t sha256[SHA256_SIZE];         /* of the lines */
        uint32_t more;                       /* lines that found no room */
        uint32_t drops;                      /* entries that are not back */
        char dropped[PRESERVED_DROPPED_MAX]; /* why the bundle, or the first of them, was dropped; "" = nothing was */
};

#endif
