/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 of files, by libcrypto. Of memory: sha256_chunks() in linux/tpm.h. */
#ifndef CLEANSLATE_LINUX_HASH_H
#define CLEANSLATE_LINUX_HASH_H

#include "common/pcr.h"

/* From the file's offset to its end. Negative errno of read(2). */
int sha256_fd(int fd, uint8_t ret[static SHA256_SIZE]);

#endif
