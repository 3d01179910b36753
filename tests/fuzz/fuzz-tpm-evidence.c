/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever decodes stays within its fields and encodes to something that decodes to the same. The checksum is mended, or the
 * fuzzer would never get past it. */
#include "common/base/bytes.h"
#include "common/base/crc32.h"
#include "common/state/tpm-evidence.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct tpm_evidence evidence, again;
        struct id128 id, id_again;
        uint8_t mended[TPM_EVIDENCE_ENCODED_SIZE], encoded[TPM_EVIDENCE_ENCODED_SIZE], encoded_again[TPM_EVIDENCE_ENCODED_SIZE];

        (void)tpm_evidence_decode(data, size, &evidence, &id);
        if (size != sizeof(mended))
                return 0;
        memcpy(mended, data, sizeof(mended));
        store_le32(mended + sizeof(mended) - 4, crc32_of(mended, sizeof(mended) - 4));
        if (tpm_evidence_decode(mended, sizeof(mended), &evidence, &id) != ERR_OK)
                return 0;
        MUST(evidence.srk_name_size <= TPM_NAME_MAX && evidence.storage_ticket_size <= TPM_TICKET_MAX);
        MUST(!tpm_evidence_replaced(&evidence, &evidence));
        tpm_evidence_encode(&evidence, &id, encoded);
        MUST(tpm_evidence_decode(encoded, sizeof(encoded), &again, &id_again) == ERR_OK);
        MUST(id128_equal(&id, &id_again));
        tpm_evidence_encode(&again, &id_again, encoded_again);
        MUST(memcmp(encoded_again, encoded, sizeof(encoded)) == 0);
        return 0;
}
