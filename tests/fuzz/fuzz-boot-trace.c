/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever decodes encodes to the same bytes. */
#include "common/boot-trace.h"
#include "common/forget.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct break_glass_trace trace;
        uint8_t encoded[BREAK_GLASS_ENCODED_SIZE];
        uint32_t count;

        if (boot_count_decode(data, size, &count) == ERR_OK)
                MUST(count <= UINT8_MAX);
        if (forget_decode(data, size, &count) == ERR_OK) {
                forget_encode(count, encoded);
                MUST(memcmp(encoded, data, FORGET_ENCODED_SIZE) == 0);
        }
        if (break_glass_decode(data, size, &trace) == ERR_OK) {
                break_glass_encode(&trace, encoded);
                MUST(memcmp(encoded, data, sizeof(encoded)) == 0);
        }
        return 0;
}
