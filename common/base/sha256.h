/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104, FIPS 198-1) for where there is no libcrypto: the stub. Their inputs are small,
 * so clarity comes before speed. Owns no secret: callers wipe their keys. */
#ifndef CLEANSLATE_COMMON_SHA256_H
#define CLEANSLATE_COMMON_SHA256_H

#include "common/base/bytes.h"

#define SHA256_SIZE       32
#define SHA256_BLOCK_SIZE 64

/* SHA-256 over `count` chunks in order. */
typedef void (*sha256_function)(const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE]);

/* A hash under way. */
struct sha256 {
        uint32_t state[8];
        uint64_t size; /* bytes taken so far */
        uint8_t block[SHA256_BLOCK_SIZE];
};
void sha256_begin(struct sha256 *ret);
void sha256_add(struct sha256 *sha256, const void *data, size_t size);
void sha256_end(struct sha256 *sha256, uint8_t ret[static SHA256_SIZE]);

/* All at once; a sha256_function. */
void sha256_of_chunks(const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE]);

/* HMAC over `count` chunks in order. A key longer than a block is hashed first. */
void hmac_sha256(struct bytes key, const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE]);

/* A key for one purpose out of another: HMAC(key, purpose without its NUL). Purposes are ours and differ in their texts. */
void hmac_sha256_derive(struct bytes key, const char *purpose, uint8_t ret[static SHA256_SIZE]);

/* Whether both are the same, in a time that does not depend on where they differ. */
bool bytes_equal_in_constant_time(const void *a, const void *b, size_t size);

#endif
