/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the TPM adapter share: the connection, response codes as errno, handles that flush themselves, the storage
 * primary key. Only linux/tpm/tpm*.c, linux/base/random.c may include this. */
#ifndef CLEANSLATE_LINUX_TPM_INTERNAL_H
#define CLEANSLATE_LINUX_TPM_INTERNAL_H

#include "linux/tpm/tpm.h"
#include <tss2/tss2_esys.h>

struct tpm {
        TSS2_TCTI_CONTEXT *tcti, *wire; /* the transport; what sends again in front of it */
        bool has_no_ecc;                /* found out: the storage key is RSA */
        ESYS_CONTEXT *esys;
        TSS2_RC code;
        char text[160];
};

/* Remembers a failure's code and text and turns it into 0 or a negative errno: -EPERM (authorization, disabled, lockout), -EACCES
 * (policy), -ESTALE (integrity: not of this hierarchy), -EAGAIN (busy for longer than ESAPI's own retries), -ENOMEM, -EINVAL,
 * -EIO. */
int tpm_result(struct tpm *tpm, TSS2_RC code);

/* A transport that sends again what the TPM wants to be sent again, for up to TPM_RETRY_MAX_MS. `below` is borrowed. NULL: no
 * memory. */
TSS2_TCTI_CONTEXT *tpm_wire_new(TSS2_TCTI_CONTEXT *below);
TSS2_TCTI_CONTEXT *tpm_wire_free(TSS2_TCTI_CONTEXT *wire); /* NULL is fine; returns NULL */

#define TPM_CLASS_PATH "/sys/class/tpmrm" /* has a name for each TPM 2.0, and for no older one */

/* The first TPM 2.0 that answers, of those that the directory `class` names, in the order of their numbers. `prefix` + name is
 * how each is reached ("device:/dev/"). -ENODEV: none is named; otherwise the error of the last one. */
int tpm_open_first(const char *class, const char *prefix, struct tpm **ret);

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

/* The storage primary key of systemd's template, transient: ECC P-256, or RSA 2048 where the TPM does not have that
 * curve. -EPERM if the owner hierarchy wants an authorization. */
int tpm_create_primary(struct tpm *tpm, struct tpm_handle *ret);

/* The same template in a hierarchy of choice; the null hierarchy's wants no authorization, whatever an owner has set. */
int tpm_create_primary_in(struct tpm *tpm, ESYS_TR hierarchy, struct tpm_handle *ret);

/* A session salted with `primary`, whose parameters are encrypted as `attributes` say (TPMA_SESSION_ENCRYPT, _DECRYPT). */
int tpm_start_session(struct tpm *tpm, const struct tpm_handle *primary, TPM2_SE type, TPMA_SESSION attributes,
                      struct tpm_handle *ret);

/* These PCRs of the SHA-256 bank; bit N = PCR N. */
TPML_PCR_SELECTION tpm_pcr_selection(uint32_t pcrs);

struct signing_key;
struct pcr_signature;

/* PolicyPCR over these, for whatever they hold now; nothing for 0. */
int tpm_policy_pcrs(struct tpm *tpm, const struct tpm_handle *session, uint32_t pcrs);

/* Has the TPM itself check the signature; its ticket replaces the session's policy by PolicyAuthorize's. */
int tpm_policy_authorize(struct tpm *tpm, const struct tpm_handle *session, const struct signing_key *key,
                         const struct pcr_signature *entry);

/* The policy digest of what is sealed now so that it opens under whatever `key` signs, while `pcrs` stay as they are. */
int tpm_signed_policy(struct tpm *tpm, const struct signing_key *key, uint32_t pcrs, uint8_t ret[static SHA256_SIZE]);

int tpm_random(struct tpm *tpm, uint8_t *ret, size_t size);

#endif
