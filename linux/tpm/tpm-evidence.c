/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the TPM says of itself: its facts, and the evidence by which a clear is proven. Changes nothing in it. */
#include "linux/tpm/tpm.h"

#include "linux/base/cleanup.h"
#include "linux/tpm/tpm-internal.h"
#include <errno.h>
#include <string.h>

#define HANDLES_PER_ASK 64
/* Part 2, 7.4 "TPM_HT": spelled out, because the macros of the TSS shift into the sign bit of an int */
#define OWNER_PERSISTENT_FIRST UINT32_C(0x81000000)
#define OWNER_PERSISTENT_LAST  UINT32_C(0x817fffff)
#define NO_SESSIONS            ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

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

int tpm_read_facts(struct tpm *tpm, struct tpm_facts *facts)
{
        TPMA_PERMANENT permanent;
        int r = read_permanent(tpm, &permanent);
        if (r < 0)
                return r;
        facts->present = true;
        facts->disable_clear = permanent & TPMA_PERMANENT_DISABLECLEAR;
        facts->lockout_auth_set = permanent & TPMA_PERMANENT_LOCKOUTAUTHSET;
        facts->in_lockout = permanent & TPMA_PERMANENT_INLOCKOUT;
        facts->owner_auth_set = permanent & TPMA_PERMANENT_OWNERAUTHSET;
        return 0;
}

/* Whether a handle belongs into a list. Negative: the TPM does not say. */
typedef int belongs_to_list(struct tpm *tpm, TPM2_HANDLE handle);

static int list_handle(struct tpm *tpm, TPM2_HANDLE handle, belongs_to_list *belongs, struct tpm_handles *list)
{
        int r = belongs ? belongs(tpm, handle) : 1;
        if (r <= 0)
                return r;
        if (list->count < TPM_HANDLES_LISTED_MAX)
                list->listed[list->count] = handle;
        list->count++;
        return 0;
}

/* One that the TPM does not tell about is left out; the others are listed all the same. */
static int read_handles(struct tpm *tpm, TPM2_HANDLE first, TPM2_HANDLE last, belongs_to_list *belongs, struct tpm_handles *list)
{
        TPMI_YES_NO more = TPM2_YES;
        int failed = 0;

        while (more) {
                _cleanup_esys_ TPMS_CAPABILITY_DATA *data = NULL;
                int r = tpm_result(
                        tpm, Esys_GetCapability(tpm->esys, NO_SESSIONS, TPM2_CAP_HANDLES, first, HANDLES_PER_ASK, &more, &data));
                if (r < 0)
                        return r;
                const TPML_HANDLE *handles = &data->data.handles;
                if (handles->count == 0)
                        return failed;
                for (UINT32 i = 0; i < handles->count; i++) {
                        if (handles->handle[i] < first || handles->handle[i] > last)
                                return failed;
                        r = list_handle(tpm, handles->handle[i], belongs, list);
                        if (r < 0)
                                failed = r;
                }
                first = handles->handle[handles->count - 1] + 1;
        }
        return failed;
}

static int is_owners_index(struct tpm *tpm, TPM2_HANDLE handle)
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
        return !(public->nvPublic.attributes & TPMA_NV_PLATFORMCREATE);
}

static int read_persistent(struct tpm *tpm, struct tpm_evidence *evidence)
{
        return read_handles(tpm, OWNER_PERSISTENT_FIRST, OWNER_PERSISTENT_LAST, NULL, &evidence->persistent);
}

static int read_nv_indices(struct tpm *tpm, struct tpm_evidence *evidence)
{
        return read_handles(tpm, TPM2_NV_INDEX_FIRST, TPM2_NV_INDEX_LAST, is_owners_index, &evidence->nv_indices);
}

static int read_clock(struct tpm *tpm, struct tpm_evidence *evidence)
{
        _cleanup_esys_ TPMS_TIME_INFO *time = NULL;
        int r = tpm_result(tpm, Esys_ReadClock(tpm->esys, NO_SESSIONS, &time));
        if (r < 0)
                return r;
        evidence->clock_ms = time->clockInfo.clock;
        evidence->reset_count = time->clockInfo.resetCount;
        evidence->restart_count = time->clockInfo.restartCount;
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

/* What is told besides: each by itself, since none of it is a reason to leave a device's data where it is. */
static void read_what_it_tells(struct tpm *tpm, struct tpm_evidence *evidence)
{
        static const struct {
                uint32_t bit;
                int (*read)(struct tpm *tpm, struct tpm_evidence *evidence);
        } parts[] = {
                { TPM_UNREAD_STORAGE_ROOT_KEY, read_srk_name },
                { TPM_UNREAD_STORAGE_TICKET, read_storage_ticket },
                { TPM_UNREAD_CLOCK, read_clock },
                { TPM_UNREAD_PERSISTENT, read_persistent },
                { TPM_UNREAD_NV_INDICES, read_nv_indices },
        };
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
                if (parts[i].bit == TPM_UNREAD_STORAGE_ROOT_KEY && evidence->owner_auth_set)
                        continue;
                if (parts[i].read(tpm, evidence) < 0)
                        evidence->unread |= parts[i].bit;
        }
}

int tpm_read_evidence(struct tpm *tpm, struct tpm_evidence *ret)
{
        struct tpm_evidence evidence = { 0 };
        TPMA_PERMANENT permanent;
        int r = read_permanent(tpm, &permanent);
        if (r < 0)
                return r;
        evidence.owner_auth_set = permanent & TPMA_PERMANENT_OWNERAUTHSET;
        evidence.endorsement_auth_set = permanent & TPMA_PERMANENT_ENDORSEMENTAUTHSET;
        evidence.in_lockout = permanent & TPMA_PERMANENT_INLOCKOUT;
        evidence.lockout_auth_set = permanent & TPMA_PERMANENT_LOCKOUTAUTHSET;
        evidence.disable_clear = permanent & TPMA_PERMANENT_DISABLECLEAR;
        read_what_it_tells(tpm, &evidence);
        *ret = evidence;
        return 0;
}
