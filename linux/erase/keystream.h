/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AES-256-CTR (libcrypto) over positions: the bytes that belong at an offset, made anew whenever they are needed. */
#ifndef CLEANSLATE_LINUX_KEYSTREAM_H
#define CLEANSLATE_LINUX_KEYSTREAM_H

#include <stddef.h>
#include <stdint.h>

#define KEYSTREAM_KEY_SIZE   32
#define KEYSTREAM_BLOCK_SIZE 16

struct keystream;

/* One a thread. -ENOMEM if libcrypto cannot. */
int keystream_new(const uint8_t key[static KEYSTREAM_KEY_SIZE], struct keystream **ret);
void keystream_free(struct keystream **keystream); /* wipes the key */

/* The `size` bytes that belong at `offset_bytes`, a multiple of KEYSTREAM_BLOCK_SIZE: block number offset / 16, as a 128-bit
 * big-endian number, is the counter (NIST SP 800-38A, 6.5). */
int keystream_make(struct keystream *keystream, uint64_t offset_bytes, void *ret_data, size_t size);

#endif
