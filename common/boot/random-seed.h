/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The random seed that lies on the EFI system partition (/loader/random-seed, systemd-boot(7)): whether it may be used, and what
 * becomes of it: a new one for the file and one for the kernel, out of which neither the old one nor the other can be told. */
#ifndef CLEANSLATE_COMMON_RANDOM_SEED_H
#define CLEANSLATE_COMMON_RANDOM_SEED_H

#include "common/base/sha256.h"

#define RANDOM_SEED_SIZE      SHA256_SIZE /* what Linux makes use of */
#define RANDOM_SEED_FILE_MAX  32768       /* bytes; and at least RANDOM_SEED_SIZE */
#define RANDOM_SEED_TOKEN_MIN 32

struct random_inputs {
        struct bytes file;      /* the old seed, which anybody may have read or written */
        struct bytes generator; /* the firmware's; size 0: it has none */
        struct bytes token;     /* LoaderSystemToken, of this machine alone; size 0: there is none */
        struct bytes before;    /* what the boot loader before us has passed on; size 0: nothing */
        uint64_t count;         /* the firmware's monotonic one: differs from boot to boot */
};

/* The file alone is as good as whoever can write to the partition lets it be. It takes the firmware's generator or what came
 * before us; without Secure Boot, which says that such people do not count, this machine's token will do, too. */
bool random_seed_is_good(const struct random_inputs *inputs, bool secure_boot);

void random_seed_mix(const struct random_inputs *inputs, uint8_t ret_file[static RANDOM_SEED_SIZE],
                     uint8_t ret_kernel[static RANDOM_SEED_SIZE]);

#endif
