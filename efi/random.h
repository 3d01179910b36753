/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random bytes for a secret, from whatever this firmware has for it. */
#ifndef CLEANSLATE_EFI_RANDOM_H
#define CLEANSLATE_EFI_RANDOM_H

#include "common/base/sha256.h"
#include "efi/platform.h"

/* SHA-256 over what the firmware's generator (UEFI 2.10, 37.5) and the TPM's (TPM2_GetRandom) give: as good as the better of the
 * two. EFI_NOT_FOUND: there is neither, or none that answers. */
EFI_STATUS random_secret(const struct platform *platform, uint8_t ret[static SHA256_SIZE]);

/* Of the firmware's generator alone; false: it has none, or none that answers. */
bool random_of_firmware(const struct platform *platform, uint8_t ret[static SHA256_SIZE]);

#endif
