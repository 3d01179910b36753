/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the lockout hierarchy would take a command. Apart from what clears: the running system asks it, too. */
#include "linux/tpm/tpm.h"

#include "linux/base/cleanup.h"
#include "linux/tpm/tpm-internal.h"
#include <errno.h>

#define EMPTY_PASSWORD ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE

int tpm_try_empty_lockout_auth(struct tpm *tpm, struct tpm_facts *facts)
{
        const TPMT_SYM_DEF no_encryption = { .algorithm = TPM2_ALG_NULL };
        const TPM2B_NONCE no_nonce = { 0 };
        const TPM2B_DIGEST no_parameters = { 0 };
        _cleanup_handle_ struct tpm_handle session = TPM_HANDLE_NONE(tpm);
        if (facts->lockout_auth_set)
                return 0;
        int r = tpm_result(tpm,
                           Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                                 NULL, TPM2_SE_POLICY, &no_encryption, TPM2_ALG_SHA256, &session.handle));
        if (r < 0)
                return r;
        r = tpm_result(tpm, Esys_PolicySecret(tpm->esys, ESYS_TR_RH_LOCKOUT, session.handle, EMPTY_PASSWORD, &no_nonce,
                                              &no_parameters, &no_nonce, 0, NULL, NULL));
        if (r < 0 && r != -EPERM)
                return r;
        facts->lockout_blocked = r < 0;
        return 0;
}
