/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Predicts PCR 11 after the stub and the boot phases, and the policy digests built on it. The hash comes from the caller, so that
 * this stays freestanding. Sources: systemd-measure(1), systemd-stub(7), TPM 2.0 part 3 (PolicyPCR, PolicyAuthorize). */
#ifndef CLEANSLATE_COMMON_PCR_H
#define CLEANSLATE_COMMON_PCR_H

#include "common/base/sha256.h"
#include "common/format/uki.h"

#define PCR_KERNEL_IMAGE   11
#define PHASE_ENTER_INITRD "enter-initrd"
#define PHASE_LEAVE_INITRD "leave-initrd"

/* pcr := SHA256(pcr || SHA256(data)) */
void pcr_extend(sha256_function sha256, uint8_t pcr[static SHA256_SIZE], const void *data, size_t size);

/* PCR 11 after measuring the sections that are present: for each its name with NUL, then its content. Starts from zeros. */
void pcr_predict_sections(sha256_function sha256, const struct uki *uki, uint8_t ret[static SHA256_SIZE]);

/* Extends by each phase of a colon-separated list ("enter-initrd:leave-initrd"; "" = none). */
void pcr_extend_phases(sha256_function sha256, uint8_t pcr[static SHA256_SIZE], const char *phases);

/* The policyDigest of a session after TPM2_PolicyPCR(sha256, {11}) with this value, starting from zeros. */
void pcr_policy_digest(sha256_function sha256, const uint8_t pcr[static SHA256_SIZE], uint8_t ret[static SHA256_SIZE]);

/* What TPM2_PolicyPCR(sha256, `pcrs`) makes of a session's policyDigest. `pcrs`: bit N = PCR N; `values`: SHA-256 over the values
 * of these, in the order of their numbers. */
void pcr_policy_add(sha256_function sha256, uint8_t policy[static SHA256_SIZE], uint32_t pcrs,
                    const uint8_t values[static SHA256_SIZE]);

/* PCRs as systemd-cryptenroll's --tpm2-pcrs= writes them: numbers divided by "+" ("4+7"), "" = none. What may be sealed to by
 * value: 0 to 15 without 11, whose values are signed instead, each once. False: something else; *ret is untouched. */
#define PCR_MASK_TEXT_MAX 40
bool pcr_mask_parse(const char *text, uint32_t *ret);
void pcr_mask_format(uint32_t pcrs, char ret[static PCR_MASK_TEXT_MAX]);

/* The policyDigest after TPM2_PolicyAuthorize(keySign = `key_name`, policyRef = empty). key_name as TPM2B_NAME's bytes. */
void pcr_policy_authorize_digest(sha256_function sha256, struct bytes key_name, uint8_t ret[static SHA256_SIZE]);

#endif
