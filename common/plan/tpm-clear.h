/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two decisions about clearing a TPM: who can do it, and whether the firmware, if it was asked, has done it. Acts on nothing. */
#ifndef CLEANSLATE_COMMON_TPM_CLEAR_H
#define CLEANSLATE_COMMON_TPM_CLEAR_H

#include "common/format/ppi-text.h"
#include "common/plan/inventory.h"

enum tpm_clear_way {
        TPM_WAY_NONE,          /* neither we nor the firmware can */
        TPM_WAY_LOCKOUT_EMPTY, /* TPM2_Clear by the lockout hierarchy, whose authorization is empty */
        TPM_WAY_LOCKOUT_KNOWN, /* ... with the authorization that the image brings, and that the TPM has accepted */
        TPM_WAY_FIRMWARE,      /* by the physical presence interface, behind a restart */
        TPM_WAY_COUNT
};

/* The lockout hierarchy where it is usable: clearing not disabled, authorization empty or known, no lockout, and not
 * blocked by a wrong authorization of before. Else the firmware,
 * which clears with the platform's authorization and lifts disableClear (PPI specification 1.30, table 10). */
enum tpm_clear_way tpm_clear_way_choose(const struct tpm_facts *facts);

const char *tpm_clear_way_name(enum tpm_clear_way way); /* "lockout-empty" */
const char *tpm_clear_way_text(enum tpm_clear_way way); /* "by the firmware, which ...", for people */

/* What is to be thought of a firmware that was asked to clear the TPM. */
enum firmware_answer {
        FIRMWARE_CLEARED,         /* it says so, and the storage hierarchy is another one */
        FIRMWARE_NOT_PROCESSED,   /* the request is still pending: it has not seen it */
        FIRMWARE_NO_ANSWER,       /* no answer, and no request any more */
        FIRMWARE_OTHER_OPERATION, /* the answer is to something else */
        FIRMWARE_DECLINED,        /* somebody at the machine said no */
        FIRMWARE_FAILED,          /* BIOS failure */
        FIRMWARE_TPM_ERROR,       /* the TPM gave it an error */
        FIRMWARE_UNKNOWN_CODE,    /* an unknown code */
        FIRMWARE_UNCHANGED,       /* it says success, and the storage hierarchy is the one of before */
        FIRMWARE_ANSWER_COUNT
};

/* `asked`: the operation we wrote. `pending`: what the request file holds now. `replaced`: tpm_evidence_replaced(). */
enum firmware_answer firmware_answer_judge(uint32_t asked, uint32_t pending, const struct ppi_response *response, bool replaced);

const char *firmware_answer_name(enum firmware_answer answer); /* "declined" */
const char *
firmware_answer_text(enum firmware_answer answer); /* a sentence part behind "the firmware was asked to clear the TPM" */

#endif
