/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key material. Two sources, so that neither an early boot's thin entropy pool nor a weak TPM decides alone. Apart from random.c,
 * so that who wants the kernel's bytes alone needs no library. */
#include "linux/base/hash.h"
#include "linux/base/random.h"
#include "linux/tpm/tpm-internal.h"
#include "linux/tpm/tpm.h"
#include <string.h>

#define KEY_SIZE 32

int random_key(struct tpm *tpm, uint8_t ret[static 32])
{
        uint8_t kernel[KEY_SIZE], from_tpm[KEY_SIZE] = { 0 };
        int r = random_bytes(kernel, sizeof(kernel));
        if (r == 0 && tpm)
                r = tpm_random(tpm, from_tpm, sizeof(from_tpm));
        if (r == 0)
                sha256_chunks((struct bytes[]){ { kernel, sizeof(kernel) }, { from_tpm, sizeof(from_tpm) } }, 2, ret);
        explicit_bzero(kernel, sizeof(kernel));
        explicit_bzero(from_tpm, sizeof(from_tpm));
        return r;
}
