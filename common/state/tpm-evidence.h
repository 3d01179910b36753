/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What shows that a TPM's storage hierarchy is, or is not, the one of before; and the EFI variable in which the evidence from
 * before the first destructive step outlives a restart, be it the firmware's clearing of the TPM or a power cut. Owns the
 * comparison and the format; asking the TPM is linux/tpm/tpm's business. */
#ifndef CLEANSLATE_COMMON_TPM_EVIDENCE_H
#define CLEANSLATE_COMMON_TPM_EVIDENCE_H

#include "common/base/err.h"
#include "common/base/guid.h"
#include "common/state/progress.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TPM_TICKET_MAX         64
#define TPM_HANDLES_LISTED_MAX 32

struct tpm_handles {
        uint32_t count; /* of all; only the first ones are listed */
        uint32_t listed[TPM_HANDLES_LISTED_MAX];
};

/* What the TPM did not tell when it was asked. None of it forbids anything by itself. */
enum tpm_unread {
        TPM_UNREAD_STORAGE_ROOT_KEY = 1 << 0, /* not for an owner authorization's sake: that hides it, see below */
        TPM_UNREAD_STORAGE_TICKET = 1 << 1,
        TPM_UNREAD_CLOCK = 1 << 2,
        TPM_UNREAD_PERSISTENT = 1 << 3, /* the list is not whole */
        TPM_UNREAD_NV_INDICES = 1 << 4, /* the list is not whole, or of one it is not known whose it is */
        TPM_UNREAD_ALL = (1 << 5) - 1
};

struct tpm_evidence {
        uint8_t srk_name[TPM_NAME_MAX];         /* of the primary ECC P-256 storage key, systemd's template (TPM2B_NAME bytes) */
        uint16_t srk_name_size;                 /* 0 = unknown, because an owner authorization is set */
        uint8_t storage_ticket[TPM_TICKET_MAX]; /* of a fixed TPM2_Hash in the owner hierarchy: keyed by its proof, needs no
                                                   authorization */
        uint16_t storage_ticket_size;
        uint64_t clock_ms; /* TPMS_CLOCK_INFO: time powered, which a clear resets */
        uint32_t reset_count, restart_count;
        bool owner_auth_set, endorsement_auth_set, lockout_auth_set, disable_clear, in_lockout; /* TPMA_PERMANENT */
        struct tpm_handles persistent; /* the owner's: 0x81000000..0x817fffff */
        struct tpm_handles nv_indices; /* those that are not the platform's (TPMA_NV_PLATFORMCREATE unset) */
        uint32_t unread;               /* enum tpm_unread */
};

/* Of name and ticket, whatever is known of both states differs, and something is: TPM2_Clear replaces the seed that the one is
 * derived from and the proof that keys the other (part 3, 24.6.1). What only one of them knows proves nothing. */
bool tpm_evidence_replaced(const struct tpm_evidence *before, const struct tpm_evidence *after);

/* Name and ticket both are known of both states, and both differ: proof enough where nobody says that the TPM was cleared. */
bool tpm_evidence_replaced_wholly(const struct tpm_evidence *before, const struct tpm_evidence *after);

/* Whether a clear could be proven against it at all. */
bool tpm_evidence_can_prove(const struct tpm_evidence *before);

/* "clock": of one bit of enum tpm_unread. */
const char *tpm_unread_name(uint32_t bit);

#define TPM_EVIDENCE_VARIABLE_NAME "CleanslateTpmBefore"
#define TPM_EVIDENCE_ENCODED_SIZE  420

/* `reset_id`: of the reset it belongs to. */
void tpm_evidence_encode(const struct tpm_evidence *evidence, const struct id128 *reset_id,
                         uint8_t ret[static TPM_EVIDENCE_ENCODED_SIZE]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_SYNTAX (magic), ERR_VERSION, ERR_CHECKSUM, ERR_RANGE. Outputs untouched on failure. */
enum err tpm_evidence_decode(const void *data, size_t size, struct tpm_evidence *ret, struct id128 *ret_reset_id);

#endif
