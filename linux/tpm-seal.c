/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing to, and unsealing under, the signed PCR 11 policy, compatible with systemd-cryptsetup. The secret crosses the bus only
 * as an encrypted parameter of a session salted with the storage primary key. */
#include "linux/tpm.h"

#include "linux/cleanup.h"
#include "linux/tpm-internal.h"
#include "linux/tpm-signature.h"
#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#define NO_SESSIONS ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

static const TPML_PCR_SELECTION policy_pcrs = {
        .count = 1,
        .pcrSelections = { { .hash = TPM2_ALG_SHA256,
                             .sizeofSelect = 3,
                             .pcrSelect = { [PCR_KERNEL_IMAGE / 8] = 1 << PCR_KERNEL_IMAGE % 8 } } },
};

/* -- sealing -- */

static int marshal_blob(const TPM2B_PRIVATE *private, const TPM2B_PUBLIC *public, uint8_t *ret, size_t *ret_size)
{
        size_t size = 0;
        if (Tss2_MU_TPM2B_PRIVATE_Marshal(private, ret, *ret_size, &size) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPM2B_PUBLIC_Marshal(public, ret, *ret_size, &size) != TSS2_RC_SUCCESS)
                return -ENOBUFS;
        *ret_size = size;
        return 0;
}

/* Creates the sealed object below `primary`. `sensitive` is the caller's to wipe. */
static int create_sealed(struct tpm *tpm, const struct tpm_handle *primary, const TPM2B_SENSITIVE_CREATE *sensitive,
                         const uint8_t policy[static SHA256_SIZE], uint8_t *ret_blob, size_t *ret_blob_size)
{
        TPM2B_PUBLIC template = {
                .publicArea = {
                        .type = TPM2_ALG_KEYEDHASH,
                        .nameAlg = TPM2_ALG_SHA256,
                        /* noDA: a failing policy is no guess at a password and must not lock the TPM */
                        .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA,
                        .authPolicy.size = SHA256_SIZE,
                        .parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
                },
        };
        const TPM2B_DATA no_data = { 0 };
        const TPML_PCR_SELECTION no_pcrs = { 0 };
        _cleanup_handle_ struct tpm_handle session = TPM_HANDLE_NONE(tpm);
        _cleanup_esys_ TPM2B_PRIVATE *private = NULL;
        _cleanup_esys_ TPM2B_PUBLIC *public = NULL;

        memcpy(template.publicArea.authPolicy.buffer, policy, SHA256_SIZE);
        int r = tpm_start_session(tpm, primary, TPM2_SE_HMAC, TPMA_SESSION_DECRYPT, &session);
        if (r == 0)
                r = tpm_result(tpm, Esys_Create(tpm->esys, primary->handle, session.handle, ESYS_TR_NONE, ESYS_TR_NONE, sensitive,
                                                &template, &no_data, &no_pcrs, &private, &public, NULL, NULL, NULL));
        return r < 0 ? r : marshal_blob(private, public, ret_blob, ret_blob_size);
}

static int seal_under(struct tpm *tpm, const uint8_t policy[static SHA256_SIZE], const uint8_t secret[static TPM_SECRET_SIZE],
                      uint8_t *ret_blob, size_t *ret_blob_size)
{
        _cleanup_handle_ struct tpm_handle primary = TPM_HANDLE_NONE(tpm);
        int r = tpm_create_primary(tpm, &primary);
        if (r < 0)
                return r;
        TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.data.size = TPM_SECRET_SIZE };
        memcpy(sensitive.sensitive.data.buffer, secret, TPM_SECRET_SIZE);
        r = create_sealed(tpm, &primary, &sensitive, policy, ret_blob, ret_blob_size);
        explicit_bzero(&sensitive, sizeof(sensitive));
        return r;
}

int tpm_seal_to_pcr(struct tpm *tpm, const uint8_t pcr[static SHA256_SIZE], const uint8_t secret[static TPM_SECRET_SIZE],
                    uint8_t *ret_blob, size_t *ret_blob_size)
{
        uint8_t policy[SHA256_SIZE];
        pcr_policy_digest(sha256_chunks, pcr, policy);
        return seal_under(tpm, policy, secret, ret_blob, ret_blob_size);
}

int tpm_seal(struct tpm *tpm, const char *public_key_pem, const uint8_t secret[static TPM_SECRET_SIZE], uint8_t *ret_blob,
             size_t *ret_blob_size, uint8_t ret_policy[static SHA256_SIZE])
{
        struct signing_key key;
        uint8_t policy[SHA256_SIZE];
        int r = signing_key_read(public_key_pem, &key);
        if (r < 0)
                return r;
        signing_key_policy(&key, policy);
        r = seal_under(tpm, policy, secret, ret_blob, ret_blob_size);
        if (r == 0)
                memcpy(ret_policy, policy, sizeof(policy));
        return r;
}

/* -- unsealing -- */

static int load_sealed(struct tpm *tpm, const struct tpm_handle *primary, const uint8_t *blob, size_t blob_size,
                       struct tpm_handle *ret)
{
        TPM2B_PRIVATE private = { 0 };
        TPM2B_PUBLIC public = { 0 };
        size_t at = 0;
        ESYS_TR handle;
        if (Tss2_MU_TPM2B_PRIVATE_Unmarshal(blob, blob_size, &at, &private) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPM2B_PUBLIC_Unmarshal(blob, blob_size, &at, &public) != TSS2_RC_SUCCESS || at != blob_size)
                return -EINVAL;
        int r = tpm_result(tpm, Esys_Load(tpm->esys, primary->handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &private,
                                          &public, &handle));
        if (r < 0)
                return r;
        ret->tpm = tpm;
        ret->handle = handle;
        return 0;
}

/* Brings the session's policy to PolicyPCR(11), for whatever the PCR holds now. */
static int bind_to_pcr(struct tpm *tpm, const struct tpm_handle *session)
{
        const TPM2B_DIGEST present_value = { 0 };
        return tpm_result(tpm, Esys_PolicyPCR(tpm->esys, session->handle, NO_SESSIONS, &present_value, &policy_pcrs));
}

/* Finds the signature that the key has given for the session's policy. */
static int find_signature(struct tpm *tpm, const struct tpm_handle *session, const struct signing_key *key,
                          const struct pcr_signature_list *signatures, const struct pcr_signature **ret)
{
        _cleanup_esys_ TPM2B_DIGEST *policy = NULL;
        int r = bind_to_pcr(tpm, session);
        if (r == 0)
                r = tpm_result(tpm, Esys_PolicyGetDigest(tpm->esys, session->handle, NO_SESSIONS, &policy));
        if (r < 0)
                return r;
        if (policy->size != SHA256_SIZE)
                return -EIO;
        const struct pcr_signature *found =
                pcr_signature_find(signatures, PCR_SIGNATURE_MASK_PCR(PCR_KERNEL_IMAGE), key->fingerprint, policy->buffer);
        if (!found) {
                /* no command has failed; an older failure's text would mislead */
                tpm->code = TSS2_RC_SUCCESS;
                (void)snprintf(tpm->text, sizeof(tpm->text), "no signature for the present value of PCR %d", PCR_KERNEL_IMAGE);
                return -EACCES;
        }
        *ret = found;
        return 0;
}

/* Has the TPM itself check the signature; its ticket replaces the session's policy by PolicyAuthorize's. */
static int authorize_policy(struct tpm *tpm, const struct tpm_handle *session, const struct signing_key *key,
                            const struct pcr_signature *entry)
{
        const TPM2B_NONCE no_reference = { 0 };
        TPM2B_DIGEST digest, approved = { .size = SHA256_SIZE };
        TPM2B_NAME name = { .size = key->name_size };
        TPMT_SIGNATURE signature;
        _cleanup_esys_ TPMT_TK_VERIFIED *ticket = NULL;
        _cleanup_handle_ struct tpm_handle loaded = TPM_HANDLE_NONE(tpm);

        memcpy(approved.buffer, entry->policy, SHA256_SIZE);
        memcpy(name.name, key->name, key->name_size);
        pcr_signature_to_tpm(entry, &digest, &signature);
        /* a ticket that PolicyAuthorize accepts exists only for keys in a real hierarchy */
        int r = tpm_result(tpm, Esys_LoadExternal(tpm->esys, NO_SESSIONS, NULL, &key->public, ESYS_TR_RH_OWNER, &loaded.handle));
        if (r == 0)
                r = tpm_result(tpm, Esys_VerifySignature(tpm->esys, loaded.handle, NO_SESSIONS, &digest, &signature, &ticket));
        if (r == 0)
                r = tpm_result(tpm, Esys_PolicyAuthorize(tpm->esys, session->handle, NO_SESSIONS, &approved, &no_reference, &name,
                                                         ticket));
        return r;
}

static int unseal(struct tpm *tpm, const struct tpm_handle *object, const struct tpm_handle *session,
                  uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        TPM2B_SENSITIVE_DATA *data = NULL;
        int r = tpm_result(tpm, Esys_Unseal(tpm->esys, object->handle, session->handle, ESYS_TR_NONE, ESYS_TR_NONE, &data));
        if (r < 0)
                return r;
        if (data->size == TPM_SECRET_SIZE)
                memcpy(ret_secret, data->buffer, TPM_SECRET_SIZE);
        else
                r = -ENODATA;
        explicit_bzero(data, sizeof(*data));
        Esys_Free(data);
        return r;
}

/* Each in turn: what the TPM accepts becomes the session's policy, what it refuses leaves it as it was. */
static int authorize_whatever_is_there(struct tpm *tpm, const struct tpm_handle *session, const struct signing_key *key,
                                       const struct pcr_signature_list *signatures)
{
        int r = bind_to_pcr(tpm, session);
        for (size_t i = 0; r == 0 && i < signatures->count; i++)
                if (authorize_policy(tpm, session, key, &signatures->entries[i]) == 0)
                        break;
        return r;
}

/* `regardless`: see tpm_unseal_regardless(). */
static int unseal_blob(struct tpm *tpm, bool regardless, const char *public_key_pem, const char *signature_json,
                       size_t signature_json_size, const uint8_t *blob, size_t blob_size,
                       uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        _cleanup_handle_ struct tpm_handle primary = TPM_HANDLE_NONE(tpm), object = TPM_HANDLE_NONE(tpm),
                                           session = TPM_HANDLE_NONE(tpm);
        const struct pcr_signature *signature;
        struct pcr_signature_list signatures;
        struct signing_key key;

        int r = signing_key_read(public_key_pem, &key);
        if (r < 0)
                return r;
        if (pcr_signature_list_parse(signature_json, signature_json_size, &signatures) != ERR_OK)
                return -EINVAL;
        r = tpm_create_primary(tpm, &primary);
        if (r == 0)
                r = load_sealed(tpm, &primary, blob, blob_size, &object);
        if (r == 0)
                r = tpm_start_session(tpm, &primary, TPM2_SE_POLICY, TPMA_SESSION_ENCRYPT, &session);
        if (r == 0)
                r = regardless ? authorize_whatever_is_there(tpm, &session, &key, &signatures)
                               : find_signature(tpm, &session, &key, &signatures, &signature);
        if (r == 0 && !regardless)
                r = authorize_policy(tpm, &session, &key, signature);
        return r < 0 ? r : unseal(tpm, &object, &session, ret_secret);
}

int tpm_unseal(struct tpm *tpm, const char *public_key_pem, const char *signature_json, size_t signature_json_size,
               const uint8_t *blob, size_t blob_size, uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        return unseal_blob(tpm, false, public_key_pem, signature_json, signature_json_size, blob, blob_size, ret_secret);
}

int tpm_unseal_regardless(struct tpm *tpm, const char *public_key_pem, const char *signature_json, size_t signature_json_size,
                          const uint8_t *blob, size_t blob_size, uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        return unseal_blob(tpm, true, public_key_pem, signature_json, signature_json_size, blob, blob_size, ret_secret);
}

int tpm_unseal_by_pcr(struct tpm *tpm, const uint8_t *blob, size_t blob_size, uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        _cleanup_handle_ struct tpm_handle primary = TPM_HANDLE_NONE(tpm), object = TPM_HANDLE_NONE(tpm),
                                           session = TPM_HANDLE_NONE(tpm);
        int r = tpm_create_primary(tpm, &primary);
        if (r == 0)
                r = load_sealed(tpm, &primary, blob, blob_size, &object);
        if (r == 0)
                r = tpm_start_session(tpm, &primary, TPM2_SE_POLICY, TPMA_SESSION_ENCRYPT, &session);
        if (r == 0)
                r = bind_to_pcr(tpm, &session);
        return r < 0 ? r : unseal(tpm, &object, &session, ret_secret);
}
