/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing to, and unsealing under, the signed PCR 11 policy, compatible with systemd-cryptsetup. The secret crosses the bus only
 * as an encrypted parameter of a session salted with the storage primary key. */
#include "linux/tpm/tpm.h"

#include "linux/base/cleanup.h"
#include "linux/base/hash.h"
#include "linux/tpm/tpm-internal.h"
#include "linux/tpm/tpm-signature.h"
#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#define NO_SESSIONS ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

#define SIGNED_PCR PCR_SIGNATURE_MASK_PCR(PCR_KERNEL_IMAGE)

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

static int marshal_origin(const TPM2B_CREATION_DATA *creation, const TPMT_TK_CREATION *ticket, struct tpm_origin *ret)
{
        size_t size = 0;
        if (Tss2_MU_TPM2B_CREATION_DATA_Marshal(creation, ret->data, sizeof(ret->data), &size) != TSS2_RC_SUCCESS ||
            Tss2_MU_TPMT_TK_CREATION_Marshal(ticket, ret->data, sizeof(ret->data), &size) != TSS2_RC_SUCCESS)
                return -ENOBUFS;
        ret->size = size;
        return 0;
}

/* What is to be sealed, and how. */
struct sealing {
        const uint8_t *secret; /* TPM_SECRET_SIZE bytes */
        uint8_t policy[SHA256_SIZE];
        uint32_t pcrs; /* that the origin is to tell of */
};

/* Creates the sealed object below `primary`. `sensitive` is the caller's to wipe. */
static int create_sealed(struct tpm *tpm, const struct tpm_handle *primary, const TPM2B_SENSITIVE_CREATE *sensitive,
                         const struct sealing *what, uint8_t *ret_blob, size_t *ret_blob_size, struct tpm_origin *ret_origin)
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
        const TPML_PCR_SELECTION pcrs = what->pcrs ? tpm_pcr_selection(what->pcrs) : (TPML_PCR_SELECTION){ 0 };
        _cleanup_handle_ struct tpm_handle session = TPM_HANDLE_NONE(tpm);
        _cleanup_esys_ TPM2B_PRIVATE *private = NULL;
        _cleanup_esys_ TPM2B_PUBLIC *public = NULL;
        _cleanup_esys_ TPM2B_CREATION_DATA *creation = NULL;
        _cleanup_esys_ TPMT_TK_CREATION *ticket = NULL;

        memcpy(template.publicArea.authPolicy.buffer, what->policy, SHA256_SIZE);
        int r = tpm_start_session(tpm, primary, TPM2_SE_HMAC, TPMA_SESSION_DECRYPT, &session);
        if (r == 0)
                r = tpm_result(tpm, Esys_Create(tpm->esys, primary->handle, session.handle, ESYS_TR_NONE, ESYS_TR_NONE, sensitive,
                                                &template, &no_data, &pcrs, &private, &public, &creation, NULL, &ticket));
        if (r == 0 && ret_origin)
                r = marshal_origin(creation, ticket, ret_origin);
        return r < 0 ? r : marshal_blob(private, public, ret_blob, ret_blob_size);
}

static int seal_under(struct tpm *tpm, const struct sealing *what, uint8_t *ret_blob, size_t *ret_blob_size,
                      struct tpm_origin *ret_origin)
{
        _cleanup_handle_ struct tpm_handle primary = TPM_HANDLE_NONE(tpm);
        int r = tpm_create_primary(tpm, &primary);
        if (r < 0)
                return r;
        TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.data.size = TPM_SECRET_SIZE };
        memcpy(sensitive.sensitive.data.buffer, what->secret, TPM_SECRET_SIZE);
        r = create_sealed(tpm, &primary, &sensitive, what, ret_blob, ret_blob_size, ret_origin);
        explicit_bzero(&sensitive, sizeof(sensitive));
        return r;
}

/* SHA-256 over their present values, as PolicyPCR and creation data have it. */
static int digest_present_values(struct tpm *tpm, uint32_t pcrs, uint8_t ret[static SHA256_SIZE])
{
        uint8_t values[PCR_SIGNATURE_PCR_COUNT][SHA256_SIZE];
        size_t count;
        int r = tpm_read_pcrs(tpm, pcrs, values, ARRAY_SIZE(values), &count);
        if (r == 0)
                sha256_chunks(&(struct bytes){ values[0], count * SHA256_SIZE }, 1, ret);
        return r;
}

/* Adds to the policy what PolicyPCR over their present values would. */
static int add_present_values(struct tpm *tpm, struct sealing *what)
{
        uint8_t digest[SHA256_SIZE];
        int r = what->pcrs ? digest_present_values(tpm, what->pcrs, digest) : 0;
        if (r == 0 && what->pcrs)
                pcr_policy_add(sha256_chunks, what->policy, what->pcrs, digest);
        return r;
}

int tpm_seal_to_pcr(struct tpm *tpm, const uint8_t pcr[static SHA256_SIZE], uint32_t pcrs,
                    const uint8_t secret[static TPM_SECRET_SIZE], uint8_t *ret_blob, size_t *ret_blob_size)
{
        struct sealing what = { .secret = secret, .pcrs = pcrs };
        pcr_policy_digest(sha256_chunks, pcr, what.policy);
        int r = add_present_values(tpm, &what);
        return r < 0 ? r : seal_under(tpm, &what, ret_blob, ret_blob_size, NULL);
}

int tpm_signed_policy(struct tpm *tpm, const struct signing_key *key, uint32_t pcrs, uint8_t ret[static SHA256_SIZE])
{
        struct sealing what = { .pcrs = pcrs };
        signing_key_policy(key, what.policy);
        int r = add_present_values(tpm, &what);
        if (r == 0)
                memcpy(ret, what.policy, sizeof(what.policy));
        return r;
}

int tpm_seal(struct tpm *tpm, const char *public_key_pem, uint32_t pcrs, const uint8_t secret[static TPM_SECRET_SIZE],
             uint8_t *ret_blob, size_t *ret_blob_size, uint8_t ret_policy[static SHA256_SIZE], struct tpm_origin *ret_origin)
{
        struct sealing what = { .secret = secret, .pcrs = pcrs };
        struct signing_key key;
        int r = signing_key_read(public_key_pem, &key);
        if (r < 0)
                return r;
        r = tpm_signed_policy(tpm, &key, pcrs, what.policy);
        if (r == 0)
                r = seal_under(tpm, &what, ret_blob, ret_blob_size, ret_origin);
        if (r == 0)
                memcpy(ret_policy, what.policy, sizeof(what.policy));
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

int tpm_policy_pcrs(struct tpm *tpm, const struct tpm_handle *session, uint32_t pcrs)
{
        const TPM2B_DIGEST present_values = { 0 };
        const TPML_PCR_SELECTION selection = tpm_pcr_selection(pcrs);
        if (pcrs == 0)
                return 0;
        return tpm_result(tpm, Esys_PolicyPCR(tpm->esys, session->handle, NO_SESSIONS, &present_values, &selection));
}

/* Finds the signature that the key has given for the session's policy. */
static int find_signature(struct tpm *tpm, const struct tpm_handle *session, const struct signing_key *key,
                          const struct pcr_signature_list *signatures, const struct pcr_signature **ret)
{
        _cleanup_esys_ TPM2B_DIGEST *policy = NULL;
        int r = tpm_policy_pcrs(tpm, session, SIGNED_PCR);
        if (r == 0)
                r = tpm_result(tpm, Esys_PolicyGetDigest(tpm->esys, session->handle, NO_SESSIONS, &policy));
        if (r < 0)
                return r;
        if (policy->size != SHA256_SIZE)
                return -EIO;
        const struct pcr_signature *found = pcr_signature_find(signatures, SIGNED_PCR, key->fingerprint, policy->buffer);
        if (!found) {
                /* no command has failed; an older failure's text would mislead */
                tpm->code = TSS2_RC_SUCCESS;
                (void)snprintf(tpm->text, sizeof(tpm->text), "no signature for the present value of PCR %d", PCR_KERNEL_IMAGE);
                return -EACCES;
        }
        *ret = found;
        return 0;
}

int tpm_policy_authorize(struct tpm *tpm, const struct tpm_handle *session, const struct signing_key *key,
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
        int r = tpm_policy_pcrs(tpm, session, SIGNED_PCR);
        for (size_t i = 0; r == 0 && i < signatures->count; i++)
                if (tpm_policy_authorize(tpm, session, key, &signatures->entries[i]) == 0)
                        break;
        return r;
}

static int read_origin(const struct tpm_origin *origin, TPM2B_CREATION_DATA *creation, TPMT_TK_CREATION *ticket,
                       TPM2B_DIGEST *ret_hash)
{
        size_t at = 0;
        if (origin->size > sizeof(origin->data) ||
            Tss2_MU_TPM2B_CREATION_DATA_Unmarshal(origin->data, origin->size, &at, creation) != TSS2_RC_SUCCESS || at <= 2)
                return -EBADMSG;
        /* what the ticket vouches for is a hash of the structure without the size in front of it */
        ret_hash->size = SHA256_SIZE;
        sha256_chunks(&(struct bytes){ origin->data + 2, at - 2 }, 1, ret_hash->buffer);
        if (Tss2_MU_TPMT_TK_CREATION_Unmarshal(origin->data, origin->size, &at, ticket) != TSS2_RC_SUCCESS || at != origin->size)
                return -EBADMSG;
        return 0;
}

static bool tells_of(const TPMS_CREATION_DATA *creation, uint32_t pcrs, const uint8_t digest[static SHA256_SIZE])
{
        const TPMS_PCR_SELECTION *bank = &creation->pcrSelect.pcrSelections[0];
        return creation->pcrSelect.count == 1 && bank->hash == TPM2_ALG_SHA256 && bank->sizeofSelect == 3 &&
               (bank->pcrSelect[0] | (uint32_t)bank->pcrSelect[1] << 8 | (uint32_t)bank->pcrSelect[2] << 16) == pcrs &&
               creation->pcrDigest.size == SHA256_SIZE && memcmp(creation->pcrDigest.buffer, digest, SHA256_SIZE) == 0;
}

/* The TPM itself says whether the ticket is its own and of this object; nothing is signed for that. */
static int check_origin(struct tpm *tpm, const struct tpm_handle *object, uint32_t pcrs, const struct tpm_origin *origin)
{
        const TPMT_SIG_SCHEME no_scheme = { .scheme = TPM2_ALG_NULL };
        const TPM2B_DATA no_data = { 0 };
        TPM2B_CREATION_DATA creation = { 0 };
        TPMT_TK_CREATION ticket = { 0 };
        TPM2B_DIGEST hash;
        uint8_t digest[SHA256_SIZE];
        _cleanup_esys_ TPM2B_ATTEST *attest = NULL;
        _cleanup_esys_ TPMT_SIGNATURE *signature = NULL;
        int r = digest_present_values(tpm, pcrs, digest);
        if (r < 0)
                return r;
        r = read_origin(origin, &creation, &ticket, &hash);
        if (r < 0 || !tells_of(&creation.creationData, pcrs, digest)) {
                tpm->code = TSS2_RC_SUCCESS; /* no command has failed */
                (void)snprintf(tpm->text, sizeof(tpm->text), "%s",
                               r < 0 ? "nothing tells where it was sealed" : "the PCRs had other values when it was sealed");
                return -EBADMSG;
        }
        r = tpm_result(tpm, Esys_CertifyCreation(tpm->esys, ESYS_TR_RH_NULL, object->handle, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                                 ESYS_TR_NONE, &no_data, &hash, &no_scheme, &ticket, &attest, &signature));
        return r < 0 ? -EBADMSG : 0;
}

/* What somebody wants to unseal, and by which policy. */
struct unsealing {
        const char *public_key_pem, *signature_json;
        size_t signature_json_size;
        uint32_t pcrs;
        const uint8_t *blob;
        size_t blob_size;
        const struct tpm_origin *origin; /* NULL = is not asked for */
        bool regardless;                 /* see tpm_unseal_regardless() */
};

static int meet_policy(struct tpm *tpm, const struct unsealing *what, const struct tpm_handle *session)
{
        const struct pcr_signature *signature;
        struct pcr_signature_list signatures;
        struct signing_key key;
        int r = signing_key_read(what->public_key_pem, &key);
        if (r < 0)
                return r;
        if (pcr_signature_list_parse(what->signature_json, what->signature_json_size, &signatures) != ERR_OK)
                return -EINVAL;
        if (what->regardless) {
                r = authorize_whatever_is_there(tpm, session, &key, &signatures);
        } else {
                r = find_signature(tpm, session, &key, &signatures, &signature);
                if (r == 0)
                        r = tpm_policy_authorize(tpm, session, &key, signature);
        }
        return r < 0 ? r : tpm_policy_pcrs(tpm, session, what->pcrs);
}

static int unseal_blob(struct tpm *tpm, const struct unsealing *what, uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        _cleanup_handle_ struct tpm_handle primary = TPM_HANDLE_NONE(tpm), object = TPM_HANDLE_NONE(tpm),
                                           session = TPM_HANDLE_NONE(tpm);
        int r = tpm_create_primary(tpm, &primary);
        if (r == 0)
                r = load_sealed(tpm, &primary, what->blob, what->blob_size, &object);
        if (r == 0)
                r = tpm_start_session(tpm, &primary, TPM2_SE_POLICY, TPMA_SESSION_ENCRYPT, &session);
        if (r == 0)
                r = meet_policy(tpm, what, &session);
        if (r < 0)
                return r;
        uint8_t secret[TPM_SECRET_SIZE];
        r = unseal(tpm, &object, &session, secret);
        if (r == -EACCES && what->pcrs != 0 && !what->regardless)
                r = -EKEYREJECTED;
        if (r == 0 && what->origin && what->pcrs)
                r = check_origin(tpm, &object, what->pcrs, what->origin);
        if (r == 0)
                memcpy(ret_secret, secret, sizeof(secret));
        explicit_bzero(secret, sizeof(secret));
        return r;
}

int tpm_unseal(struct tpm *tpm, const char *public_key_pem, uint32_t pcrs, const char *signature_json, size_t signature_json_size,
               const uint8_t *blob, size_t blob_size, const struct tpm_origin *origin, uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        const struct unsealing what = { .public_key_pem = public_key_pem,
                                        .signature_json = signature_json,
                                        .signature_json_size = signature_json_size,
                                        .pcrs = pcrs,
                                        .blob = blob,
                                        .blob_size = blob_size,
                                        .origin = origin };
        return unseal_blob(tpm, &what, ret_secret);
}

int tpm_unseal_regardless(struct tpm *tpm, const char *public_key_pem, uint32_t pcrs, const char *signature_json,
                          size_t signature_json_size, const uint8_t *blob, size_t blob_size,
                          uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        const struct unsealing what = { .public_key_pem = public_key_pem,
                                        .signature_json = signature_json,
                                        .signature_json_size = signature_json_size,
                                        .pcrs = pcrs,
                                        .blob = blob,
                                        .blob_size = blob_size,
                                        .regardless = true };
        return unseal_blob(tpm, &what, ret_secret);
}

int tpm_unseal_by_pcr(struct tpm *tpm, uint32_t pcrs, const uint8_t *blob, size_t blob_size,
                      uint8_t ret_secret[static TPM_SECRET_SIZE])
{
        _cleanup_handle_ struct tpm_handle primary = TPM_HANDLE_NONE(tpm), object = TPM_HANDLE_NONE(tpm),
                                           session = TPM_HANDLE_NONE(tpm);
        int r = tpm_create_primary(tpm, &primary);
        if (r == 0)
                r = load_sealed(tpm, &primary, blob, blob_size, &object);
        if (r == 0)
                r = tpm_start_session(tpm, &primary, TPM2_SE_POLICY, TPMA_SESSION_ENCRYPT, &session);
        if (r == 0)
                r = tpm_policy_pcrs(tpm, &session, SIGNED_PCR);
        if (r == 0)
                r = tpm_policy_pcrs(tpm, &session, pcrs);
        return r < 0 ? r : unseal(tpm, &object, &session, ret_secret);
}
