/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's secret under a recovery key, for the day on which the TPM does not release it: AES-256-GCM. Stands in a token of
 * the volumes' headers; who alters it makes it worthless. Library code. */
#ifndef CLEANSLATE_LINUX_RECOVERY_WRAP_H
#define CLEANSLATE_LINUX_RECOVERY_WRAP_H

#include "common/format/luks-token.h"
#include "common/format/recovery-key.h"
#include "common/state/volume-key.h"

/* -EIO: libcrypto, or no random numbers. */
int recovery_wrap(const uint8_t key[static RECOVERY_KEY_SIZE], const uint8_t secret[static VOLUME_SECRET_SIZE],
                  uint8_t ret[static LUKS_TOKEN_WRAPPED_SIZE]);

/* -EACCES: another key, or it was altered. */
int recovery_unwrap(const uint8_t key[static RECOVERY_KEY_SIZE], const uint8_t wrapped[static LUKS_TOKEN_WRAPPED_SIZE],
                    uint8_t ret_secret[static VOLUME_SECRET_SIZE]);

#endif
