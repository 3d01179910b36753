/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing a bundle of kept files for the reset boot of this very image on this very machine: AES-256-GCM, under a key that the
 * TPM gives out in that boot alone (PCR 11 with the reset's mode event) and only until the reset clears it. Library code. */
#ifndef CLEANSLATE_LINUX_PRESERVE_SEAL_H
#define CLEANSLATE_LINUX_PRESERVE_SEAL_H

#include "common/base/guid.h"
#include "common/format/preserve-bundle.h"
#include "linux/tpm/tpm.h"

/* PCR 11 as a reset boot of this image will have it when the initrd begins to work: `image` is the UKI's file, whole. -EBADMSG:
 * no UKI. */
int preserve_predict_pcr(struct bytes image, uint8_t ret[static SHA256_SIZE]);

/* *ret is malloc()ed. `nonce` is the request's, so that no other request can be answered with this bundle. `pcrs` are sealed to
 * as well, by the values that they have now (settings.seal_pcrs). Errors of tpm_seal().
 */
int preserve_seal(struct tpm *tpm, const uint8_t pcr[static SHA256_SIZE], uint32_t pcrs, const struct id128 *nonce,
                  struct bytes plain, uint8_t **ret, size_t *ret_size);

/* *ret is malloc()ed, and the caller's to wipe. -EINVAL: no sealed bundle; -EBADMSG: altered, or another request's; otherwise
 * the TPM's, see tpm_unseal_by_pcr(). */
int preserve_unseal(struct tpm *tpm, uint32_t pcrs, const struct id128 *nonce, struct bytes file, uint8_t **ret,
                    size_t *ret_size);

#endif
