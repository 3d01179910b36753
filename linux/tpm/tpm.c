/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to the TPM, what all commands share, measuring. Facts and evidence are in tpm-evidence.c, clearing in
 * tpm-clear.c, sealing in tpm-seal.c. */
#include "linux/tpm/tpm.h"

#include "linux/base/cleanup.h"
#include "linux/tpm/tpm-internal.h"
#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#define DEVICE_PREFIX  "device:/dev/"
#define NO_SESSIONS    ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE
#define EMPTY_PASSWORD ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE

/* -- connection -- */

int tpm_open(const char *tcti, struct tpm **ret)
{
        if (!tcti)
                return tpm_open_first(TPM_CLASS_PATH, DEVICE_PREFIX, ret);
        if (strncmp(tcti, DEVICE_PREFIX, strlen(DEVICE_PREFIX)) == 0 && access(tcti + strlen("device:"), R_OK | W_OK) < 0)
                return errno == ENOENT ? -ENODEV : -errno;

        struct tpm *tpm = calloc(1, sizeof(*tpm));
        if (!tpm)
                return -ENOMEM;
        /* the libraries would write every failing response to stderr; who debugs sets the variable before */
        (void)setenv("TSS2_LOG", "all+NONE", 0);
        if (Tss2_TctiLdr_Initialize(tcti, &tpm->tcti) != TSS2_RC_SUCCESS) {
                tpm_free(tpm);
                return -ENODEV;
        }
        tpm->wire = tpm_wire_new(tpm->tcti);
        if (!tpm->wire || Esys_Initialize(&tpm->esys, tpm->wire, NULL) != TSS2_RC_SUCCESS) {
                tpm_free(tpm);
                return -EIO;
        }
        *ret = tpm;
        return 0;
}

struct tpm *tpm_free(struct tpm *tpm)
{
        if (!tpm)
                return NULL;
        if (tpm->esys)
                Esys_Finalize(&tpm->esys);
        tpm->wire = tpm_wire_free(tpm->wire);
        if (tpm->tcti)
                Tss2_TctiLdr_Finalize(&tpm->tcti);
        free(tpm);
        return NULL;
}

/* The part of a response code that says what happened: without layer, and without the number of the handle, session or parameter.
 */
static TSS2_RC base_code(TSS2_RC code)
{
        TSS2_RC layer = code & TSS2_RC_LAYER_MASK;
        if (layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_TPM_RC_LAYER)
                return code;
        code &= ~TSS2_RC_LAYER_MASK;
        return code & TPM2_RC_FMT1 ? code & (TPM2_RC_FMT1 | 0x3f) : code;
}

static int errno_of_code(TSS2_RC code)
{
        switch (base_code(code)) {
        case TPM2_RC_SUCCESS:
                return 0;
        case TPM2_RC_AUTH_FAIL:
        case TPM2_RC_BAD_AUTH:
        case TPM2_RC_AUTH_MISSING:
        case TPM2_RC_DISABLED:
        case TPM2_RC_LOCKOUT:
                return -EPERM;
        case TPM2_RC_POLICY_FAIL:
        case TPM2_RC_POLICY:
        case TPM2_RC_PCR_CHANGED:
        case TPM2_RC_SIGNATURE:
                return -EACCES;
        case TPM2_RC_INTEGRITY:
                return -ESTALE;
        case TPM2_RC_RETRY:
        case TPM2_RC_YIELDED:
        case TPM2_RC_TESTING:
                return -EAGAIN;
        case TPM2_RC_MEMORY:
        case TPM2_RC_OBJECT_MEMORY:
        case TPM2_RC_SESSION_MEMORY:
        case TSS2_ESYS_RC_MEMORY:
                return -ENOMEM;
        case TPM2_RC_SIZE:
        case TPM2_RC_VALUE:
                return -EINVAL;
        default:
                return -EIO;
        }
}

int tpm_result(struct tpm *tpm, TSS2_RC code)
{
        if (code == TSS2_RC_SUCCESS)
                return 0;
        tpm->code = code;
        (void)snprintf(tpm->text, sizeof(tpm->text), "%s", Tss2_RC_Decode(code));
        return errno_of_code(code);
}

uint32_t tpm_last_code(const struct tpm *tpm)
{
        return tpm->code;
}

const char *tpm_last_text(const struct tpm *tpm)
{
        return tpm->text;
}

void tpm_handle_flush(struct tpm_handle *handle)
{
        if (handle->handle != ESYS_TR_NONE)
                (void)Esys_FlushContext(handle->tpm->esys, handle->handle);
        handle->handle = ESYS_TR_NONE;
}

void tpm_memory_free(void *pointer)
{
        Esys_Free(*(void **)pointer);
}

int tpm_random(struct tpm *tpm, uint8_t *ret, size_t size)
{
        for (size_t done = 0; done < size;) {
                _cleanup_esys_ TPM2B_DIGEST *bytes = NULL;
                int r = tpm_result(tpm, Esys_GetRandom(tpm->esys, NO_SESSIONS, (UINT16)(size - done), &bytes));
                if (r < 0)
                        return r;
                if (bytes->size == 0 || bytes->size > size - done)
                        return -EIO;
                memcpy(ret + done, bytes->buffer, bytes->size);
                done += bytes->size;
                explicit_bzero(bytes->buffer, bytes->size);
        }
        return 0;
}

/* -- keys and sessions -- */

/* systemd's template since 248, so that blobs sealed under this key open under systemd-cryptsetup's and the other way round. */
static const TPM2B_PUBLIC ecc_template = {
        .publicArea = {
                .type = TPM2_ALG_ECC,
                .nameAlg = TPM2_ALG_SHA256,
                .objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                    TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH,
                .parameters.eccDetail = {
                        .symmetric = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB },
                        .scheme.scheme = TPM2_ALG_NULL,
                        .curveID = TPM2_ECC_NIST_P256,
                        .kdf.scheme = TPM2_ALG_NULL,
                },
        },
};

/* The same for a TPM without that curve, as systemd has it in its tokens ("tpm2-primary-alg": "rsa"). */
static const TPM2B_PUBLIC rsa_template = {
        .publicArea = {
                .type = TPM2_ALG_RSA,
                .nameAlg = TPM2_ALG_SHA256,
                .objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                    TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH,
                .parameters.rsaDetail = {
                        .symmetric = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB },
                        .scheme.scheme = TPM2_ALG_NULL,
                        .keyBits = 2048,
                },
        },
};

static int create_primary(struct tpm *tpm, ESYS_TR hierarchy, const TPM2B_PUBLIC *template, ESYS_TR *ret)
{
        const TPM2B_SENSITIVE_CREATE no_secret = { 0 };
        const TPM2B_DATA no_data = { 0 };
        const TPML_PCR_SELECTION no_pcrs = { 0 };
        return tpm_result(tpm, Esys_CreatePrimary(tpm->esys, hierarchy, EMPTY_PASSWORD, &no_secret, template, &no_data, &no_pcrs,
                                                  ret, NULL, NULL, NULL, NULL));
}

/* What a TPM says of a template whose kind of key it does not have: never of one that fails for another reason, since the kind of
 * the key has to be the same at each start. */
static bool lacks_curve(TSS2_RC code)
{
        switch (base_code(code)) {
        case TPM2_RC_CURVE:
        case TPM2_RC_TYPE:
        case TPM2_RC_ASYMMETRIC:
                return true;
        default:
                return false;
        }
}

int tpm_create_primary_in(struct tpm *tpm, ESYS_TR hierarchy, struct tpm_handle *ret)
{
        ESYS_TR handle;
        int r = tpm->has_no_ecc ? -EOPNOTSUPP : create_primary(tpm, hierarchy, &ecc_template, &handle);
        if (r < 0 && (tpm->has_no_ecc || lacks_curve(tpm->code))) {
                r = create_primary(tpm, hierarchy, &rsa_template, &handle);
                tpm->has_no_ecc |= r == 0;
        }
        if (r < 0)
                return r;
        ret->tpm = tpm;
        ret->handle = handle;
        return 0;
}

bool tpm_storage_key_is_rsa(const struct tpm *tpm)
{
        return tpm->has_no_ecc;
}

int tpm_create_primary(struct tpm *tpm, struct tpm_handle *ret)
{
        return tpm_create_primary_in(tpm, ESYS_TR_RH_OWNER, ret);
}

int tpm_start_session(struct tpm *tpm, const struct tpm_handle *primary, TPM2_SE type, TPMA_SESSION attributes,
                      struct tpm_handle *ret)
{
        const TPMT_SYM_DEF symmetric = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB };
        struct tpm_handle session = TPM_HANDLE_NONE(tpm);
        int r = tpm_result(tpm, Esys_StartAuthSession(tpm->esys, primary->handle, ESYS_TR_NONE, NO_SESSIONS, NULL, type,
                                                      &symmetric, TPM2_ALG_SHA256, &session.handle));
        if (r < 0)
                return r;
        r = tpm_result(tpm,
                       Esys_TRSess_SetAttributes(tpm->esys, session.handle, attributes | TPMA_SESSION_CONTINUESESSION, 0xff));
        if (r < 0) {
                tpm_handle_flush(&session);
                return r;
        }
        *ret = session;
        return 0;
}

/* -- measuring -- */

int tpm_measure_phase(struct tpm *tpm, const char *phase)
{
        _cleanup_esys_ TPML_DIGEST_VALUES *digests = NULL;
        TPM2B_EVENT event = { .size = (UINT16)strnlen(phase, sizeof(event.buffer)) };
        if (event.size == 0 || event.size == sizeof(event.buffer))
                return -EINVAL;
        memcpy(event.buffer, phase, event.size);
        return tpm_result(tpm, Esys_PCR_Event(tpm->esys, PCR_KERNEL_IMAGE, EMPTY_PASSWORD, &event, &digests));
}
