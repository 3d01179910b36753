/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a TPM's answer says before anything of it is unmarshalled: that the command has to be sent once more, and when. The one
 * answer that the stub reads of a PCR. And how much of what a TPM stores is a certificate. */
#ifndef CLEANSLATE_COMMON_TPM_ANSWER_H
#define CLEANSLATE_COMMON_TPM_ANSWER_H

#include "common/base/sha256.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Altogether for one command, in milliseconds: a TPM that tests itself or saves its memory needs seconds. */
#define TPM_RETRY_MAX_MS UINT32_C(20000)

/* How long to wait before the same command is sent once more, in milliseconds; 0 = not at all, this is the answer. To be repeated
 * are TPM_RC_RETRY, TPM_RC_YIELDED, TPM_RC_TESTING and TPM_RC_NV_RATE (TPM 2.0 part 2, 6.6.3: warnings; nothing of the command
 * was done, or it is safe to go on with it), and nothing else: a repeated TPM_RC_LOCKOUT or a failed authorization could count as
 * another guess. `waited_ms`: what was waited for this command before. */
uint32_t tpm_answer_retry_ms(const void *answer, size_t size, uint32_t waited_ms);

/* Bytes of the DER element at the beginning of what a TPM keeps as a certificate (X.690, 8.1: a SEQUENCE of definite length):
 * makers fill the rest of the index up, with zeros or ones. 0 = there is none. May be more than `size`: the element goes on
 * there. */
size_t tpm_certificate_size(const uint8_t *data, size_t size);

/* TPM2_PCR_Read (part 3, 22.4) of PCR 11 in the SHA-256 bank, and its answer with that one value. */
#define TPM_PCR_READ_SIZE   20
#define TPM_PCR_ANSWER_SIZE 62
void tpm_pcr_read_command(uint8_t ret[static TPM_PCR_READ_SIZE]);

/* False: an error, another bank or PCR, or none (a bank that is switched off). */
bool tpm_pcr_read_parse(const uint8_t answer[static TPM_PCR_ANSWER_SIZE], uint8_t ret[static SHA256_SIZE]);

#endif
