/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever lies on the ESP: a summary whose texts end and are UTF-8, or none at all. */
#include "common/base/bytes.h"
#include "common/show/record-summary.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct record_summary summary = { .complete = true, .written_at = UINT64_C(0x1234567890abcdef) };

        if (record_summary_read((const char *)data, size, &summary) != ERR_OK)
                MUST(summary.complete && summary.written_at == UINT64_C(0x1234567890abcdef));
        else
                MUST(!(summary.complete && summary.partial) && text_is_utf8(summary.reason, text_length(summary.reason)) &&
                     text_is_utf8(summary.error, text_length(summary.error)) &&
                     text_length(summary.level) < sizeof(summary.level));
        return 0;
}
