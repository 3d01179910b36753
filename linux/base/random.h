/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random bytes of the kernel alone; random_key() in linux/tpm/tpm.h mixes in the TPM's. */
#ifndef CLEANSLATE_LINUX_RANDOM_H
#define CLEANSLATE_LINUX_RANDOM_H

#include <stddef.h>

/* Waits until the kernel's generator is seeded. 0, or negative errno with *ret in an undefined state. */
int random_bytes(void *ret, size_t size);

#endif
