/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a record's companion gives out as a TPM's structures: read within bounds, and nothing is said after a failure. */
#include "common/format/tpm-attest.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct bytes bytes = { data, size };
        struct tpm_quote_claim claim = { .clock_ms = UINT64_C(0x1234567890abcdef), .signer_size = 3 };
        struct tpm_attest_key key = { .x = { 1, 2, 3 } };
        struct tpm_attest_signature signature = { .r = { 1, 2, 3 } };

        if (tpm_quote_claim_read(bytes, &claim) != ERR_OK)
                MUST(claim.clock_ms == UINT64_C(0x1234567890abcdef) && claim.signer_size == 3);
        else
                MUST(claim.signer_size <= sizeof(claim.signer) && claim.pcrs <= 0xffffff && size <= TPM_ATTEST_MAX);
        if (tpm_attest_key_read(bytes, &key) != ERR_OK)
                MUST(key.x[0] == 1 && key.x[1] == 2 && key.x[2] == 3);
        if (tpm_attest_signature_read(bytes, &signature) != ERR_OK)
                MUST(signature.r[0] == 1 && signature.r[1] == 2 && signature.r[2] == 3);
        return 0;
}
