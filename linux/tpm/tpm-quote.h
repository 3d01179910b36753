/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A quote over a record's digest by the device's attestation key. Leaves nothing in the TPM. Library code: never prints. */
#ifndef CLEANSLATE_LINUX_TPM_QUOTE_H
#define CLEANSLATE_LINUX_TPM_QUOTE_H

#include "common/format/record-signature.h"
#include "linux/tpm/tpm.h"

/* Quotes RECORD_SIGNATURE_PCR_MASK of the SHA-256 bank with signature->record_digest as qualifying data, and fills in everything
 * of the signed form. The key is a primary key of the endorsement hierarchy with a fixed template: TPM2_Clear does not change
 * that hierarchy's seed, so that the same device signs with the same key as long as it lives. -EPERM: an endorsement
 * authorization is set; otherwise as tpm_last_text() says. Nothing in *signature counts after a failure. */
int tpm_quote_record(struct tpm *tpm, struct record_signature *signature);

#endif
