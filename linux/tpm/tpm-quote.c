/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/tpm/tpm-quote.h"

#include "common/format/tpm-answer.h"
#include "linux/base/cleanup.h"
#include "linux/tpm/tpm-internal.h"
#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#define NO_SESSIONS    ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE
#define EMPTY_PASSWORD ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE
#define NV_PART_BYTES  512u /* each TPM reads as many at once (TPM2_PT_NV_BUFFER_MAX) */
#define PCR_ROUNDS_MAX 8    /* eight values an answer */

/* Changing any of it changes every device's key. noDA: a lockout must not cost the signature. */
static const TPM2B_PUBLIC attestation_template = {
        .publicArea = {
                .type = TPM2_ALG_ECC,
                .nameAlg = TPM2_ALG_SHA256,
                .objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                    TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA,
                .parameters.eccDetail = {
                        .symmetric.algorithm = TPM2_ALG_NULL,
                        .scheme = { .scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
                        .curveID = TPM2_ECC_NIST_P256,
                        .kdf.scheme = TPM2_ALG_NULL,
                },
        },
};

static int create_key(struct tpm *tpm, struct tpm_handle *ret, struct record_signature *signature)
{
        const TPM2B_SENSITIVE_CREATE no_secret = { 0 };
        const TPM2B_DATA no_data = { 0 };
        const TPML_PCR_SELECTION no_pcrs = { 0 };
        _cleanup_esys_ TPM2B_PUBLIC *public = NULL;
        ESYS_TR handle;
        int r = tpm_result(tpm,
                           Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT, EMPTY_PASSWORD, &no_secret,
                                              &attestation_template, &no_data, &no_pcrs, &handle, &public, NULL, NULL, NULL));
        if (r < 0)
                return r;
        ret->handle = handle;
        signature->public_size = 0;
        return Tss2_MU_TPMT_PUBLIC_Marshal(&public->publicArea, signature->public_area, sizeof(signature->public_area),
                                           &signature->public_size) == TSS2_RC_SUCCESS
                       ? 0
                       : -ENOBUFS;
}

static int keep_values(struct record_signature *signature, const TPML_PCR_SELECTION *read, const TPML_DIGEST *values,
                       uint32_t *wanted)
{
        const TPMS_PCR_SELECTION *bank = &read->pcrSelections[0];
        UINT32 next = 0;
        if (read->count != 1 || bank->sizeofSelect < 3 || values->count == 0)
                return -ENODATA; /* no SHA-256 bank */
        for (uint32_t i = 0; i < RECORD_SIGNATURE_PCRS && next < values->count; i++) {
                if (!(bank->pcrSelect[i / 8] & 1u << i % 8))
                        continue;
                if (values->digests[next].size != SHA256_SIZE)
                        return -EIO;
                memcpy(signature->values[i], values->digests[next++].buffer, SHA256_SIZE);
                *wanted &= ~(1u << i);
        }
        return 0;
}

static int read_pcrs(struct tpm *tpm, struct record_signature *signature)
{
        uint32_t wanted = RECORD_SIGNATURE_PCR_MASK;
        for (int round = 0; wanted && round < PCR_ROUNDS_MAX; round++) {
                TPML_PCR_SELECTION selection = tpm_pcr_selection(wanted);
                _cleanup_esys_ TPML_PCR_SELECTION *read = NULL;
                _cleanup_esys_ TPML_DIGEST *values = NULL;
                int r = tpm_result(tpm, Esys_PCR_Read(tpm->esys, NO_SESSIONS, &selection, NULL, &read, &values));
                if (r == 0)
                        r = keep_values(signature, read, values, &wanted);
                if (r < 0)
                        return r;
        }
        signature->pcrs = RECORD_SIGNATURE_PCR_MASK;
        return wanted ? -EIO : 0;
}

static int quote(struct tpm *tpm, const struct tpm_handle *key, struct record_signature *signature)
{
        const TPML_PCR_SELECTION selection = tpm_pcr_selection(RECORD_SIGNATURE_PCR_MASK);
        const TPMT_SIG_SCHEME keys_own = { .scheme = TPM2_ALG_NULL };
        TPM2B_DATA qualifying = { .size = SHA256_SIZE };
        _cleanup_esys_ TPM2B_ATTEST *attest = NULL;
        _cleanup_esys_ TPMT_SIGNATURE *made = NULL;
        memcpy(qualifying.buffer, signature->record_digest, SHA256_SIZE);
        int r = tpm_result(
                tpm, Esys_Quote(tpm->esys, key->handle, EMPTY_PASSWORD, &qualifying, &keys_own, &selection, &attest, &made));
        if (r < 0)
                return r;
        if (attest->size > sizeof(signature->attest))
                return -ENOBUFS;
        memcpy(signature->attest, attest->attestationData, attest->size);
        signature->attest_size = attest->size;
        signature->signature_size = 0;
        return Tss2_MU_TPMT_SIGNATURE_Marshal(made, signature->signature, sizeof(signature->signature),
                                              &signature->signature_size) == TSS2_RC_SUCCESS
                       ? 0
                       : -ENOBUFS;
}

static int read_index(struct tpm *tpm, ESYS_TR index, size_t size, uint8_t *ret)
{
        for (size_t done = 0; done < size;) {
                _cleanup_esys_ TPM2B_MAX_NV_BUFFER *part = NULL;
                UINT16 want = (UINT16)(size - done < NV_PART_BYTES ? size - done : NV_PART_BYTES);
                int r = tpm_result(tpm, Esys_NV_Read(tpm->esys, index, index, EMPTY_PASSWORD, want, (UINT16)done, &part));
                if (r < 0)
                        return r;
                if (part->size == 0 || part->size > want)
                        return -EIO;
                memcpy(ret + done, part->buffer, part->size);
                done += part->size;
        }
        return 0;
}

/* A TPM without one is a TPM without one: the record is signed all the same. An index may be longer than its certificate. */
static bool read_certificate(struct tpm *tpm, uint32_t at, struct record_signature *signature)
{
        ESYS_TR index;
        _cleanup_esys_ TPM2B_NV_PUBLIC *public = NULL;
        if (Esys_TR_FromTPMPublic(tpm->esys, at, NO_SESSIONS, &index) != TSS2_RC_SUCCESS)
                return false;
        size_t size = 0;
        if (Esys_NV_ReadPublic(tpm->esys, index, NO_SESSIONS, &public, NULL) == TSS2_RC_SUCCESS)
                size = public->nvPublic.dataSize;
        const size_t read = size < sizeof(signature->ek_certificate) ? size : sizeof(signature->ek_certificate);
        bool good = read > 0 && read_index(tpm, index, read, signature->ek_certificate) == 0;
        (void)Esys_TR_Close(tpm->esys, &index);
        size = good ? tpm_certificate_size(signature->ek_certificate, read) : 0;
        signature->ek_certificate_size = size <= read ? size : 0;
        memset(signature->ek_certificate + signature->ek_certificate_size, 0,
               sizeof(signature->ek_certificate) - signature->ek_certificate_size);
        return signature->ek_certificate_size > 0;
}

int tpm_quote_record(struct tpm *tpm, struct record_signature *signature)
{
        /* TCG EK Credential Profile 2.5, 2.2.1.4: ECC P-256, RSA 2048 */
        static const uint32_t certificates[] = { 0x01c0000a, 0x01c00002 };
        _cleanup_handle_ struct tpm_handle key = TPM_HANDLE_NONE(tpm);
        int r = create_key(tpm, &key, signature);
        if (r == 0)
                r = read_pcrs(tpm, signature);
        if (r == 0)
                r = quote(tpm, &key, signature);
        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(certificates); i++)
                if (read_certificate(tpm, certificates[i], signature))
                        break;
        return r;
}
