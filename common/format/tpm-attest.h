/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a TPM says in a quote, and the key it says it with: TPMS_ATTEST, TPMT_PUBLIC and TPMT_SIGNATURE in the one form that
 * records are signed in (ECC NIST P-256, ECDSA with SHA-256). They come from a file that anybody could have written, so this is a
 * pure reader; it checks forms, never signatures. Source: TPM 2.0 Library, part 2, sections 10.12, 11.3, 12.2. */
#ifndef CLEANSLATE_COMMON_TPM_ATTEST_H
#define CLEANSLATE_COMMON_TPM_ATTEST_H

#include "common/base/bytes.h"
#include "common/base/err.h"

#define TPM_ATTEST_MAX         512 /* bytes of each of the three that are read at all */
#define TPM_ATTEST_HASH_SIZE   32
#define TPM_ATTEST_NUMBER_SIZE 32 /* of a P-256 coordinate, and of r and s */
#define TPM_ATTEST_SIGNER_MAX  66 /* a qualified name: algorithm and digest */

struct tpm_quote_claim {
        uint8_t signer[TPM_ATTEST_SIGNER_MAX]; /* qualified name of the signing key */
        size_t signer_size;
        uint8_t qualifying[TPM_ATTEST_HASH_SIZE]; /* what the asker wanted to have signed along */
        uint64_t clock_ms;                        /* the TPM's own; starts anew when it is cleared */
        uint32_t reset_count, restart_count;      /* boots, and resumptions since; start anew, too */
        bool clock_safe;                          /* false: the clock may have been set back by a power cut */
        uint64_t firmware_version; /* the vendor's; obfuscated by other keys than those of the endorsement hierarchy */
        uint32_t pcrs;             /* bit N: PCR N of the SHA-256 bank is in the digest */
        uint8_t pcr_digest[TPM_ATTEST_HASH_SIZE]; /* SHA-256 over the values, in the order of their numbers */
};

/* ERR_SYNTAX: not made by a TPM (magic); ERR_UNSUPPORTED: not a quote, or of other than one SHA-256 bank, or with qualifying data
 * that is not a SHA-256 digest; ERR_TRUNCATED; ERR_TOO_LARGE: also for bytes behind the end. *ret untouched on failure. */
enum err tpm_quote_claim_read(struct bytes attest, struct tpm_quote_claim *ret);

struct tpm_attest_key {
        uint8_t x[TPM_ATTEST_NUMBER_SIZE], y[TPM_ATTEST_NUMBER_SIZE];
};

/* ERR_UNSUPPORTED: another kind of key or curve; ERR_RANGE: a key that could also sign what no TPM has said, or that may leave
 * its TPM (not restricted, fixedTPM, fixedParent, sensitiveDataOrigin, sign; or decrypt). */
enum err tpm_attest_key_read(struct bytes public_area, struct tpm_attest_key *ret);

struct tpm_attest_signature {
        uint8_t r[TPM_ATTEST_NUMBER_SIZE], s[TPM_ATTEST_NUMBER_SIZE]; /* big-endian, zeros in front */
};

enum err tpm_attest_signature_read(struct bytes signature, struct tpm_attest_signature *ret);

#endif
