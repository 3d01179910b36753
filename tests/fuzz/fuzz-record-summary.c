/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever lies on the ESP: two values within their domain, or none at all. */
#include "common/record-summary.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct record_summary summary = { .complete = true, .written_at = UINT64_C(0x1234567890abcdef) };

        if (record_summary_read((const char *)data, size, &summary) != ERR_OK)
                MUST(summary.complete && summary.written_at == UINT64_C(0x1234567890abcdef));
        return 0;
}
