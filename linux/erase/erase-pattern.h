/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes that an erasing writes and expects: zeros, or the keystream of their place. */
#ifndef CLEANSLATE_LINUX_ERASE_PATTERN_H
#define CLEANSLATE_LINUX_ERASE_PATTERN_H

#include "common/erase/erase-outcome.h"
#include "linux/erase/keystream.h"
#include <stddef.h>

#define PATTERN_STRIDE_BYTES (32u << 10) /* what is compared at once: stays in the processor's cache */

/* One a thread. */
struct pattern_stream {
        struct keystream *keystream; /* NULL = zeros */
        uint8_t *expected;           /* PATTERN_STRIDE_BYTES */
};

int pattern_stream_init(struct pattern_stream *made, enum erase_pattern pattern, const uint8_t key[static KEYSTREAM_KEY_SIZE]);
void pattern_stream_done(struct pattern_stream *made);

/* Fills `data` with what belongs at offset_bytes of the device. */
int pattern_stream_fill(struct pattern_stream *made, uint64_t offset_bytes, void *ret_data, size_t size);

/* Compares; adds each sector that differs to *wrong. *ret_right counts the bytes of the others. */
int pattern_stream_compare(struct pattern_stream *made, uint64_t offset_bytes, const void *data, size_t size,
                           uint32_t sector_bytes, struct bad_ranges *wrong, uint64_t *ret_right);

#endif
