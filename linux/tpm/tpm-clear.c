/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lockout hierarchy: ending a lockout, and clearing with proof. A known authorization is never sent: it keys the HMAC of a
 * session that is salted with a key of the null hierarchy, which exists whatever an owner has done to the others. */
#include "linux/tpm/tpm.h"

#include "linux/base/cleanup.h"
#include "linux/tpm/tpm-internal.h"
#include <errno.h>
#include <string.h>

#define EMPTY_PASSWORD ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE

/* Sends one command with the authorization's HMAC; `send` gets the session. */
static int with_authorization(struct tpm *tpm, const struct tpm_auth *auth, TSS2_RC (*send)(struct tpm *tpm, ESYS_TR session))
{
        _cleanup_handle_ struct tpm_handle salt = TPM_HANDLE_NONE(tpm), session = TPM_HANDLE_NONE(tpm);
        const TPM2B_AUTH empty = { 0 };
        TPM2B_AUTH value = { .size = (UINT16)auth->size };
        if (auth->size > sizeof(value.buffer))
                return -EINVAL;
        int r = tpm_create_primary_in(tpm, ESYS_TR_RH_NULL, &salt);
        if (r == 0)
                r = tpm_start_session(tpm, &salt, TPM2_SE_HMAC, 0, &session);
        if (r < 0)
                return r;
        memcpy(value.buffer, auth->value, auth->size);
        r = tpm_result(tpm, Esys_TR_SetAuth(tpm->esys, ESYS_TR_RH_LOCKOUT, &value));
        explicit_bzero(&value, sizeof(value));
        if (r == 0)
                r = tpm_result(tpm, send(tpm, session.handle));
        (void)Esys_TR_SetAuth(tpm->esys, ESYS_TR_RH_LOCKOUT, &empty);
        return r;
}

static TSS2_RC send_lock_reset(struct tpm *tpm, ESYS_TR session)
{
        return Esys_DictionaryAttackLockReset(tpm->esys, ESYS_TR_RH_LOCKOUT, session, ESYS_TR_NONE, ESYS_TR_NONE);
}

static TSS2_RC send_clear(struct tpm *tpm, ESYS_TR session)
{
        return Esys_Clear(tpm->esys, ESYS_TR_RH_LOCKOUT, session, ESYS_TR_NONE, ESYS_TR_NONE);
}

int tpm_end_lockout(struct tpm *tpm)
{
        struct tpm_facts facts = { 0 };
        int r = tpm_read_facts(tpm, &facts);
        if (r < 0)
                return r;
        if (!facts.in_lockout)
                return 0;
        if (facts.lockout_auth_set)
                return -EPERM;
        return tpm_result(tpm, Esys_DictionaryAttackLockReset(tpm->esys, ESYS_TR_RH_LOCKOUT, EMPTY_PASSWORD));
}

int tpm_try_lockout_auth(struct tpm *tpm, const struct tpm_auth *auth)
{
        return auth->size == 0 ? -EINVAL : with_authorization(tpm, auth, send_lock_reset);
}

int tpm_clear(struct tpm *tpm, const struct tpm_auth *auth, const struct tpm_evidence *before, struct tpm_evidence *ret_after)
{
        struct tpm_facts facts = { 0 };
        struct tpm_evidence after;
        int r = tpm_read_facts(tpm, &facts);
        if (r < 0)
                return r;
        if (facts.disable_clear || (facts.lockout_auth_set && !auth))
                return -EPERM;
        r = facts.lockout_auth_set ? with_authorization(tpm, auth, send_clear)
                                   : tpm_result(tpm, Esys_Clear(tpm->esys, ESYS_TR_RH_LOCKOUT, EMPTY_PASSWORD));
        if (r == 0)
                r = tpm_read_evidence(tpm, &after);
        if (r < 0)
                return r;
        if (!tpm_evidence_replaced(before, &after))
                return -EBADMSG;
        *ret_after = after;
        return 0;
}
