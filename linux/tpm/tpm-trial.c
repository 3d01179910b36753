/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes through the policy of what would be sealed, in a trial session, before anything depends on it. Seals and unseals nothing.
 */
#include "linux/tpm/tpm.h"

#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
#include "linux/tpm/tpm-internal.h"
#include "linux/tpm/tpm-signature.h"
#include <errno.h>
#include <string.h>

#define NO_SESSIONS ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE
#define SIGNED_PCR  PCR_SIGNATURE_MASK_PCR(PCR_KERNEL_IMAGE)

static int start_trial(struct tpm *tpm, struct tpm_handle *ret)
{
        const TPMT_SYM_DEF no_encryption = { .algorithm = TPM2_ALG_NULL };
        return tpm_result(tpm, Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, NO_SESSIONS, NULL, TPM2_SE_TRIAL,
                                                     &no_encryption, TPM2_ALG_SHA256, &ret->handle));
}

static int compare_digest(struct tpm *tpm, const struct tpm_handle *session, const uint8_t expected[static SHA256_SIZE])
{
        _cleanup_esys_ TPM2B_DIGEST *digest = NULL;
        int r = tpm_result(tpm, Esys_PolicyGetDigest(tpm->esys, session->handle, NO_SESSIONS, &digest));
        if (r < 0 || (digest->size == SHA256_SIZE && memcmp(digest->buffer, expected, SHA256_SIZE) == 0))
                return r;
        tpm->code = TSS2_RC_SUCCESS; /* no command has failed */
        (void)snprintf(tpm->text, sizeof(tpm->text), "it computes another policy than would be sealed to");
        return -EBADMSG;
}

/* The whole of it with one signature. */
static int try_signature(struct tpm *tpm, const struct signing_key *key, const struct pcr_signature *signature, uint32_t pcrs)
{
        _cleanup_handle_ struct tpm_handle session = TPM_HANDLE_NONE(tpm);
        uint8_t expected[SHA256_SIZE];
        int r = tpm_signed_policy(tpm, key, pcrs, expected);
        if (r == 0)
                r = start_trial(tpm, &session);
        if (r == 0)
                r = tpm_policy_authorize(tpm, &session, key, signature);
        if (r == 0)
                r = tpm_policy_pcrs(tpm, &session, pcrs);
        return r < 0 ? r : compare_digest(tpm, &session, expected);
}

static bool may_help(const struct pcr_signature *entry, const struct signing_key *key, const uint8_t *pcr)
{
        uint8_t policy[SHA256_SIZE];
        if (entry->pcr_mask != SIGNED_PCR || memcmp(entry->fingerprint, key->fingerprint, SHA256_SIZE) != 0)
                return false;
        if (!pcr)
                return true;
        pcr_policy_digest(sha256_chunks, pcr, policy);
        return memcmp(entry->policy, policy, SHA256_SIZE) == 0;
}

int tpm_try_policy(struct tpm *tpm, const struct tpm_policy_source *source, const uint8_t *pcr)
{
        struct pcr_signature_list signatures;
        struct signing_key key;
        int r = signing_key_read(source->public_key_pem, &key);
        tpm->code = TSS2_RC_SUCCESS; /* until a command fails; an older failure's text would mislead */
        (void)snprintf(tpm->text, sizeof(tpm->text), "key or signatures of the boot image are malformed");
        if (r < 0 || pcr_signature_list_parse(source->signature_json, source->signature_json_size, &signatures) != ERR_OK)
                return -EINVAL;
        (void)snprintf(tpm->text, sizeof(tpm->text), "no signature for the value that PCR %d has in an ordinary start",
                       PCR_KERNEL_IMAGE);
        r = -EACCES;
        for (size_t i = 0; r < 0 && i < signatures.count; i++)
                if (may_help(&signatures.entries[i], &key, pcr))
                        r = try_signature(tpm, &key, &signatures.entries[i], source->pcrs);
        if (r == 0)
                tpm->text[0] = '\0';
        return r;
}
