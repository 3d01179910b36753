/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which TPM: firmware may have two, discrete and its own, of which one is switched off or of version 1.2, so that the one that
 * counts is not the first. */
#include "linux/base/cleanup.h"
#include "linux/tpm/tpm-internal.h"
#include <dirent.h>
#include <errno.h>
#include <string.h>

#define DEVICES_MAX 8
#define NAME_PREFIX "tpmrm"
#define FAMILY_2_0  UINT32_C(0x322e3000) /* "2.0": TPM 2.0 part 2, TPM_PT_FAMILY_INDICATOR */
#define NO_SESSIONS ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

static int compare_numbers(const void *a, const void *b)
{
        unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;
        return x < y ? -1 : x > y;
}

static size_t list_numbers(const char *class, unsigned long ret[static DEVICES_MAX])
{
        size_t count = 0;
        _cleanup_closedir_ DIR *directory = opendir(class);
        for (struct dirent *entry; directory && count < DEVICES_MAX && (entry = readdir(directory));) {
                const char *digits = entry->d_name + strlen(NAME_PREFIX);
                if (strncmp(entry->d_name, NAME_PREFIX, strlen(NAME_PREFIX)) == 0 && digits[0] &&
                    strspn(digits, "0123456789") == strlen(digits))
                        ret[count++] = strtoul(digits, NULL, 10);
        }
        qsort(ret, count, sizeof(*ret), compare_numbers);
        return count;
}

static int check_family(struct tpm *tpm)
{
        _cleanup_esys_ TPMS_CAPABILITY_DATA *data = NULL;
        int r = tpm_result(tpm, Esys_GetCapability(tpm->esys, NO_SESSIONS, TPM2_CAP_TPM_PROPERTIES, TPM2_PT_FAMILY_INDICATOR, 1,
                                                   NULL, &data));
        if (r < 0)
                return r;
        const TPML_TAGGED_TPM_PROPERTY *properties = &data->data.tpmProperties;
        return properties->count == 1 && properties->tpmProperty[0].property == TPM2_PT_FAMILY_INDICATOR &&
                               properties->tpmProperty[0].value == FAMILY_2_0
                       ? 0
                       : -EPROTO;
}

int tpm_open_first(const char *class, const char *prefix, struct tpm **ret)
{
        unsigned long numbers[DEVICES_MAX];
        size_t count = list_numbers(class, numbers);
        int r = -ENODEV;
        for (size_t i = 0; i < count; i++) {
                char tcti[160];
                struct tpm *tpm = NULL;
                (void)snprintf(tcti, sizeof(tcti), "%s" NAME_PREFIX "%lu", prefix, numbers[i]);
                r = tpm_open(tcti, &tpm);
                if (r == 0)
                        r = check_family(tpm);
                if (r == 0) {
                        *ret = tpm;
                        return 0;
                }
                tpm_free(tpm);
        }
        return r;
}
