/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the TPM adapter share: the connection, response codes as errno, handles that flush themselves, the storage
 * primary key. Only linux/tpm/tpm*.c, linux/base/random.c may include this. */
#ifndef CLEANSLATE_LINUX_TPM_INTERNAL_H
#define CLEANSLATE_LINUX_TPM_INTERNAL_H

#include "linux/tpm/tpm.h"
#include <tss2/tss2_esys.h>

struct tpm {
        TSS2_TCTI_CONTEXT *tcti;
        ESYS_CONTEXT *esys;
        TSS2_RC code;
        char text[160];
};

/* Remembers a failure's code and text and turns it into 0 or a negative errno: -EPERM (authorization, disabled, lockout), -EACCES
 * (policy), -ESTALE (integrity: not of this hierarchy), -EAGAIN (busy for longer than ESAPI's own retries), -ENOMEM, -EINVAL,
 * -EIO. */
int tpm_result(struct tpm *tpm, TSS2_RC code);

/* A transient object or session that is flushed when it leaves scope. */
struct tpm_handle {
        struct tpm *tpm;
        ESYS_TR handle; /* ESYS_TR_NONE = none */
};
#define TPM_HANDLE_NONE(of)                         \
        {                                           \
                .tpm = (of), .handle = ESYS_TR_NONE \
        }
void tpm_handle_flush(struct tpm_handle *handle);

void tpm_memory_free(void *pointer); /* of a pointer that ESAPI allocated: Esys_Free() for _cleanup_ */
#define _cleanup_esys_   _cleanup_(tpm_memory_free)
#define _cleanup_handle_ _cleanup_(tpm_handle_flush)

/* The storage primary key of systemd's template, transient. -EPERM if the owner hierarchy wants an authorization. */
int tpm_create_primary(struct tpm *tpm, struct tpm_handle *ret);

/* The same template in a hierarchy of choice; the null hierarchy's wants no authorization, whatever an owner has set. */
int tpm_create_primary_in(struct tpm *tpm, ESYS_TR hierarchy, struct tpm_handle *ret);

/* A session salted with `primary`, whose parameters are encrypted as `attributes` say (TPMA_SESSION_ENCRYPT, _DECRYPT). */
int tpm_start_session(struct tpm *tpm, const struct tpm_handle *primary, TPM2_SE type, TPMA_SESSION attributes,
                      struct tpm_handle *ret);

/* These PCRs of the SHA-256 bank; bit N = PCR N. */
TPML_PCR_SELECTION tpm_pcr_selection(uint32_t pcrs);

int tpm_random(struct tpm *tpm, uint8_t *ret, size_t size);

#endif
