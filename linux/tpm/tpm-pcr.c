/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCRs of the SHA-256 bank: naming them to the TPM, and reading them. */
#include "linux/base/cleanup.h"
#include "linux/tpm/tpm-internal.h"
#include <errno.h>
#include <string.h>

#define NO_SESSIONS ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE
#define PCRS_MAX    24

TPML_PCR_SELECTION tpm_pcr_selection(uint32_t pcrs)
{
        return (TPML_PCR_SELECTION){ .count = 1,
                                     .pcrSelections = {
                                             { .hash = TPM2_ALG_SHA256,
                                               .sizeofSelect = 3,
                                               .pcrSelect = { (BYTE)pcrs, (BYTE)(pcrs >> 8), (BYTE)(pcrs >> 16) } } } };
}

/* An answer holds at most eight values, of the lowest numbers that were asked for. */
static int read_some(struct tpm *tpm, uint32_t wanted, uint8_t (*ret)[SHA256_SIZE], size_t capacity, size_t *count,
                     uint32_t *ret_read)
{
        const TPML_PCR_SELECTION selection = tpm_pcr_selection(wanted);
        _cleanup_esys_ TPML_PCR_SELECTION *read = NULL;
        _cleanup_esys_ TPML_DIGEST *values = NULL;
        int r = tpm_result(tpm, Esys_PCR_Read(tpm->esys, NO_SESSIONS, &selection, NULL, &read, &values));
        if (r < 0)
                return r;
        if (values->count == 0 || read->count != 1) {
                tpm->code = TSS2_RC_SUCCESS; /* no command has failed */
                (void)snprintf(tpm->text, sizeof(tpm->text), "the TPM has no such PCRs in its SHA-256 bank");
                return -EOPNOTSUPP;
        }
        const BYTE *mask = read->pcrSelections[0].pcrSelect;
        *ret_read = wanted & (mask[0] | (uint32_t)mask[1] << 8 | (uint32_t)mask[2] << 16);
        if (values->count > capacity - *count || (uint32_t)__builtin_popcount(*ret_read) != values->count)
                return -EIO;
        for (uint32_t i = 0; i < values->count; i++) {
                if (values->digests[i].size != SHA256_SIZE)
                        return -EIO;
                memcpy(ret[(*count)++], values->digests[i].buffer, SHA256_SIZE);
        }
        return 0;
}

int tpm_read_pcrs(struct tpm *tpm, uint32_t pcrs, uint8_t (*ret)[SHA256_SIZE], size_t capacity, size_t *ret_count)
{
        size_t count = 0;
        for (uint32_t wanted = pcrs, read; wanted != 0; wanted &= ~read) {
                int r = read_some(tpm, wanted, ret, capacity, &count, &read);
                if (r < 0)
                        return r;
        }
        *ret_count = count;
        return 0;
}

int tpm_find_blank_pcrs(struct tpm *tpm, uint32_t pcrs, uint32_t *ret)
{
        static const uint8_t blank[SHA256_SIZE];
        uint8_t values[PCRS_MAX][SHA256_SIZE];
        size_t count, at = 0;
        int r = tpm_read_pcrs(tpm, pcrs, values, PCRS_MAX, &count);
        if (r < 0)
                return r;
        *ret = 0;
        for (uint32_t i = 0; i < PCRS_MAX && at < count; i++)
                if (pcrs & UINT32_C(1) << i && memcmp(values[at++], blank, sizeof(blank)) == 0)
                        *ret |= UINT32_C(1) << i;
        return 0;
}
