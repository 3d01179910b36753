/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key that signs PCR policies, as the TPM and systemd's files name it. From PEM by libcrypto; sends nothing to a TPM. */
#ifndef CLEANSLATE_LINUX_TPM_SIGNATURE_H
#define CLEANSLATE_LINUX_TPM_SIGNATURE_H

#include "common/format/pcr-signature.h"
#include "linux/tpm/tpm.h"
#include <tss2/tss2_tpm2_types.h>

struct signing_key {
        TPM2B_PUBLIC public; /* as TPM2_LoadExternal takes it */
        uint8_t name[TPM_NAME_MAX];
        uint16_t name_size;
        uint8_t fingerprint[SHA256_SIZE]; /* "pkfp" in .pcrsig */
};

/* -EINVAL: not a public key in PEM, not RSA of 1024..4096 bits with an exponent of at most 32 bits. */
int signing_key_read(const char *public_key_pem, struct signing_key *ret);

/* Policy digest of a sealed object that opens under whatever this key has signed ("tpm2-policy-hash"). */
void signing_key_policy(const struct signing_key *key, uint8_t ret[static SHA256_SIZE]);

/* An entry of .pcrsig as TPM2_VerifySignature takes it: the digest that was signed, and the signature. */
void pcr_signature_to_tpm(const struct pcr_signature *entry, TPM2B_DIGEST *ret_digest, TPMT_SIGNATURE *ret_signature);

#endif
