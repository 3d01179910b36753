/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a record is the one that its companion file signs, by libcrypto. Needs the two files and no machine. */
#ifndef CLEANSLATE_LINUX_RECORD_VERIFY_H
#define CLEANSLATE_LINUX_RECORD_VERIFY_H

#include "common/format/record-signature.h"

#define RECORD_KEY_PEM_MAX 512

struct record_verification {
        enum record_verdict verdict;
        struct tpm_quote_claim claim;     /* set if key_pem is */
        char key_pem[RECORD_KEY_PEM_MAX]; /* that signed; "" = not signed, or wrongly */
        uint8_t key_digest[SHA256_SIZE];  /* SHA-256 of that key as DER (SubjectPublicKeyInfo) */
};

/* `pinned_pem`: the public key that has to have signed, in PEM; NULL = whatever stands in the companion. 0: see the verdict;
 * -EINVAL: the pinned key is not a public key in PEM; -ENOMEM. *ret untouched on failure. */
int record_verify(const struct record_signature *signature, struct bytes record, const char *pinned_pem,
                  struct record_verification *ret);

#endif
