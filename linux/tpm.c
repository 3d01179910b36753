/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to the TPM, facts and evidence, measuring, clearing. Sealing is in tpm-seal.c. */
#include "linux/tpm.h"

#include "linux/cleanup.h"
#include "linux/tpm-internal.h"
#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#define DEVICE_PATH     "/dev/tpmrm0"
#define HANDLES_PER_ASK 64
/* Part 2, 7.4 "TPM_HT": spelled out, because the macros of the TSS shift into the sign bit of an int */
#define OWNER_PERSISTENT_FIRST UINT32_C(0x81000000)
#define OWNER_PERSISTENT_LAST  UINT32_C(0x817fffff)
#define NO_SESSIONS            ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE
#define EMPTY_PASSWORD         ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE

/* -- connection -- */

int tpm_open(const char *tcti, struct tpm **ret)
{
        if (!tcti && access(DEVICE_PATH, R_OK | W_OK) < 0)
                return errno == ENOENT ? -ENODEV : -errno;

        struct tpm *tpm = calloc(1, sizeof(*tpm));
        if (!tpm)
                return -ENOMEM;
        /* the libraries would write every failing response to stderr; who debugs sets the variable before */
        (void)setenv("TSS2_LOG", "all+NONE", 0);
        if (Tss2_TctiLdr_Initialize(tcti ? tcti : "device:" DEVICE_PATH, &tpm->tcti) != TSS2_RC_SUCCESS) {
                tpm_free(tpm);
                return -ENODEV;
        }
        if (Esys_Initialize(&tpm->esys, tpm->tcti, NULL) != TSS2_RC_SUCCESS) {
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

/* -- facts -- */

static int read_permanent(struct tpm *tpm, TPMA_PERMANENT *ret)
{
        _cleanup_esys_ TPMS_CAPABILITY_DATA *data = NULL;
        int r = tpm_result(
                tpm, Esys_GetCapability(tpm->esys, NO_SESSIONS, TPM2_CAP_TPM_PROPERTIES, TPM2_PT_PERMANENT, 1, NULL, &data));
        if (r < 0)
                return r;
        const TPML_TAGGED_TPM_PROPERTY *properties = &data->data.tpmProperties;
        if (properties->count != 1 || properties->tpmProperty[0].property != TPM2_PT_PERMANENT)
                return -EIO;
        *ret = properties->tpmProperty[0].value;
        return 0;
}

int tpm_read_facts(struct tpm *tpm, struct tpm_facts *ret)
{
        TPMA_PERMANENT permanent;
        int r = read_permanent(tpm, &permanent);
        if (r < 0)
                return r;
        *ret = (struct tpm_facts){
                .present = true,
                .disable_clear = permanent & TPMA_PERMANENT_DISABLECLEAR,
                .lockout_auth_set = permanent & TPMA_PERMANENT_LOCKOUTAUTHSET,
                .in_lockout = permanent & TPMA_PERMANENT_INLOCKOUT,
                .owner_auth_set = permanent & TPMA_PERMANENT_OWNERAUTHSET,
        };
        return 0;
}

/* Visits every handle in [first, last]. A visitor's negative answer ends the walk. */
static int each_handle(struct tpm *tpm, TPM2_HANDLE first, TPM2_HANDLE last,
                       int (*visit)(struct tpm *tpm, TPM2_HANDLE handle, uint32_t *count), uint32_t *ret_count)
{
        TPMI_YES_NO more = TPM2_YES;
        *ret_count = 0;

        while (more) {
                _cleanup_esys_ TPMS_CAPABILITY_DATA *data = NULL;
                int r = tpm_result(
                        tpm, Esys_GetCapability(tpm->esys, NO_SESSIONS, TPM2_CAP_HANDLES, first, HANDLES_PER_ASK, &more, &data));
                if (r < 0)
                        return r;
                const TPML_HANDLE *handles = &data->data.handles;
                if (handles->count == 0)
                        return 0;
                for (UINT32 i = 0; i < handles->count; i++) {
                        if (handles->handle[i] < first || handles->handle[i] > last)
                                return 0;
                        r = visit(tpm, handles->handle[i], ret_count);
                        if (r < 0)
                                return r;
                }
                first = handles->handle[handles->count - 1] + 1;
        }
        return 0;
}

static int count_handle(struct tpm *tpm, TPM2_HANDLE handle, uint32_t *count)
{
        (*count)++;
        return 0;
}

static int count_owner_index(struct tpm *tpm, TPM2_HANDLE handle, uint32_t *count)
{
        ESYS_TR index;
        _cleanup_esys_ TPM2B_NV_PUBLIC *public = NULL;
        _cleanup_esys_ TPM2B_NAME *name = NULL;
        int r = tpm_result(tpm, Esys_TR_FromTPMPublic(tpm->esys, handle, NO_SESSIONS, &index));
        if (r < 0)
                return r;
        r = tpm_result(tpm, Esys_NV_ReadPublic(tpm->esys, index, NO_SESSIONS, &public, &name));
        (void)Esys_TR_Close(tpm->esys, &index);
        if (r < 0)
                return r;
        if (!(public->nvPublic.attributes & TPMA_NV_PLATFORMCREATE))
                (*count)++;
        return 0;
}

static int count_objects(struct tpm *tpm, struct tpm_evidence *evidence)
{
        int r = each_handle(tpm, OWNER_PERSISTENT_FIRST, OWNER_PERSISTENT_LAST, count_handle, &evidence->persistent_count);
        return r < 0 ? r
                     : each_handle(tpm, TPM2_NV_INDEX_FIRST, TPM2_NV_INDEX_LAST, count_owner_index, &evidence->nv_index_count);
}

static int read_clock(struct tpm *tpm, struct tpm_evidence *evidence)
{
        _cleanup_esys_ TPMS_TIME_INFO *time = NULL;
        int r = tpm_result(tpm, Esys_ReadClock(tpm->esys, NO_SESSIONS, &time));
        if (r < 0)
                return r;
        evidence->reset_count = time->clockInfo.resetCount;
        evidence->restart_count = time->clockInfo.restartCount;
        return 0;
}

/* -- the storage hierarchy -- */

/* systemd's template since 248, so that blobs sealed under this key open under systemd-cryptsetup's and the other way round. */
static const TPM2B_PUBLIC primary_template = {
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

int tpm_create_primary(struct tpm *tpm, struct tpm_handle *ret)
{
        const TPM2B_SENSITIVE_CREATE no_secret = { 0 };
        const TPM2B_DATA no_data = { 0 };
        const TPML_PCR_SELECTION no_pcrs = { 0 };
        ESYS_TR handle;
        int r = tpm_result(tpm, Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_OWNER, EMPTY_PASSWORD, &no_secret, &primary_template,
                                                   &no_data, &no_pcrs, &handle, NULL, NULL, NULL, NULL));
        if (r < 0)
                return r;
        ret->tpm = tpm;
        ret->handle = handle;
        return 0;
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

static int read_srk_name(struct tpm *tpm, struct tpm_evidence *evidence)
{
        _cleanup_handle_ struct tpm_handle primary = TPM_HANDLE_NONE(tpm);
        _cleanup_esys_ TPM2B_NAME *name = NULL;
        int r = tpm_create_primary(tpm, &primary);
        if (r == 0)
                r = tpm_result(tpm, Esys_TR_GetName(tpm->esys, primary.handle, &name));
        if (r < 0)
                return r;
        if (name->size > sizeof(evidence->srk_name))
                return -EIO;
        memcpy(evidence->srk_name, name->name, name->size);
        evidence->srk_name_size = name->size;
        return 0;
}

/* The ticket's HMAC is keyed by the storage hierarchy's proof, which only a clear replaces, and wants no authorization. */
static int read_storage_ticket(struct tpm *tpm, struct tpm_evidence *evidence)
{
        const TPM2B_MAX_BUFFER text = { .size = sizeof("cleanslate") - 1, .buffer = "cleanslate" };
        _cleanup_esys_ TPM2B_DIGEST *digest = NULL;
        _cleanup_esys_ TPMT_TK_HASHCHECK *ticket = NULL;
        int r = tpm_result(tpm, Esys_Hash(tpm->esys, NO_SESSIONS, &text, TPM2_ALG_SHA256, ESYS_TR_RH_OWNER, &digest, &ticket));
        if (r < 0)
                return r;
        if (ticket->digest.size == 0 || ticket->digest.size > sizeof(evidence->storage_ticket))
                return -EIO;
        memcpy(evidence->storage_ticket, ticket->digest.buffer, ticket->digest.size);
        evidence->storage_ticket_size = ticket->digest.size;
        return 0;
}

int tpm_read_evidence(struct tpm *tpm, struct tpm_evidence *ret)
{
        struct tpm_evidence evidence = { 0 };
        TPMA_PERMANENT permanent;
        int r = read_permanent(tpm, &permanent);
        if (r < 0)
                return r;
        evidence.owner_auth_set = permanent & TPMA_PERMANENT_OWNERAUTHSET;
        evidence.lockout_auth_set = permanent & TPMA_PERMANENT_LOCKOUTAUTHSET;
        evidence.disable_clear = permanent & TPMA_PERMANENT_DISABLECLEAR;
        if (!evidence.owner_auth_set)
                r = read_srk_name(tpm, &evidence);
        if (r == 0)
                r = read_storage_ticket(tpm, &evidence);
        if (r == 0)
                r = read_clock(tpm, &evidence);
        if (r == 0)
                r = count_objects(tpm, &evidence);
        if (r == 0)
                *ret = evidence;
        return r;
}

/* -- acts -- */

int tpm_measure_phase(struct tpm *tpm, const char *phase)
{
        _cleanup_esys_ TPML_DIGEST_VALUES *digests = NULL;
        TPM2B_EVENT event = { .size = (UINT16)strnlen(phase, sizeof(event.buffer)) };
        if (event.size == 0 || event.size == sizeof(event.buffer))
                return -EINVAL;
        memcpy(event.buffer, phase, event.size);
        return tpm_result(tpm, Esys_PCR_Event(tpm->esys, PCR_KERNEL_IMAGE, EMPTY_PASSWORD, &event, &digests));
}

static bool changed(const uint8_t *before, uint16_t before_size, const uint8_t *after, uint16_t after_size)
{
        return before_size != after_size || memcmp(before, after, after_size) != 0;
}

/* What could be read before has to be different now; a hierarchy nothing was known of proves nothing. */
static bool hierarchy_replaced(const struct tpm_evidence *before, const struct tpm_evidence *after)
{
        bool name_known = before->srk_name_size > 0, ticket_known = before->storage_ticket_size > 0;
        if (!name_known && !ticket_known)
                return false;
        if (name_known && !changed(before->srk_name, before->srk_name_size, after->srk_name, after->srk_name_size))
                return false;
        return !ticket_known ||
               changed(before->storage_ticket, before->storage_ticket_size, after->storage_ticket, after->storage_ticket_size);
}

int tpm_end_lockout(struct tpm *tpm)
{
        struct tpm_facts facts;
        int r = tpm_read_facts(tpm, &facts);
        if (r < 0)
                return r;
        if (!facts.in_lockout)
                return 0;
        if (facts.lockout_auth_set)
                return -EPERM;
        return tpm_result(tpm, Esys_DictionaryAttackLockReset(tpm->esys, ESYS_TR_RH_LOCKOUT, EMPTY_PASSWORD));
}

int tpm_clear(struct tpm *tpm, const struct tpm_evidence *before, struct tpm_evidence *ret_after)
{
        struct tpm_facts facts;
        struct tpm_evidence after;
        int r = tpm_read_facts(tpm, &facts);
        if (r < 0)
                return r;
        if (facts.disable_clear || facts.lockout_auth_set)
                return -EPERM;
        r = tpm_result(tpm, Esys_Clear(tpm->esys, ESYS_TR_RH_LOCKOUT, EMPTY_PASSWORD));
        if (r == 0)
                r = tpm_read_evidence(tpm, &after);
        if (r < 0)
                return r;
        if (after.srk_name_size == 0 || !hierarchy_replaced(before, &after))
                return -EBADMSG;
        *ret_after = after;
        return 0;
}
