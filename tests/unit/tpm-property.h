/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A property of a TPM, asked for without the adapter that is tested. */
#ifndef CLEANSLATE_TESTS_UNIT_TPM_PROPERTY_H
#define CLEANSLATE_TESTS_UNIT_TPM_PROPERTY_H

#include "common/boot/pcr-mode.h"
#include "linux/base/hash.h"
#include "tests/unit/swtpm.h"

#include <tss2/tss2_mu.h>

static inline uint32_t read_property(struct tpm *tpm, TPM2_PT property)
{
        TPMS_CAPABILITY_DATA *data;
        assert_int_equal(Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES,
                                            property, 1, NULL, &data),
                         0);
        assert_int_equal(data->data.tpmProperties.tpmProperty[0].property, property);
        uint32_t value = data->data.tpmProperties.tpmProperty[0].value;
        Esys_Free(data);
        return value;
}

#endif
