/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes that an erasing writes and expects: zeros, or the keystream of their place. */
#ifndef CLEANSLATE_LINUX_ERASE_PATTERN_H
#define CLEANSLATE_LINUX_ERASE_PATTERN_H

#include "common/erase/erase-outcome.h"
#include "linux/erase/keystream.h"
#include <stddef.h>

#define PATTERN_STRIDE_BYTES (32u << 10) /* what is compared at once: stays in the processor's cache */

/* One a thread. */
struct erase_maker {
        struct keystream *keystream; /* NULL = zeros */
        uint8_t *expected;           /* PATTERN_STRIDE_BYTES */
};

int erase_maker_init(struct erase_maker *maker, enum erase_pattern pattern, const uint8_t key[static KEYSTREAM_KEY_SIZE]);
void erase_maker_done(struct erase_maker *maker);

/* Fills `data` with what belongs at offset_bytes of the device. */
int erase_maker_fill(struct erase_maker *maker, uint64_t offset_bytes, void *ret_data, size_t size);

/* Compares; adds each sector that differs to *wrong. *ret_right counts the bytes of the others. */
int erase_maker_compare(struct erase_maker *maker, uint64_t offset_bytes, const void *data, size_t size, uint32_t sector_bytes,
                        struct bad_ranges *wrong, uint64_t *ret_right);

#endif
