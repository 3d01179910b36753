/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 by libcrypto, in the shape common/ takes it. */
#ifndef CLEANSLATE_LINUX_HASH_H
#define CLEANSLATE_LINUX_HASH_H

#include "common/base/sha256.h"

/* Of memory. */
void sha256_chunks(const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE]);

/* From the file's offset to its end. Negative errno of read(2). */
int sha256_fd(int fd, uint8_t ret[static SHA256_SIZE]);

#endif
