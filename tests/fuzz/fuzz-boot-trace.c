/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever decodes encodes to the same bytes. */
#include "common/base/forget.h"
#include "common/state/boot-trace.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct break_glass_trace trace;
        uint8_t encoded[BREAK_GLASS_ENCODED_SIZE];
        uint8_t encoded_count[BOOT_COUNT_ENCODED_SIZE];
        struct boot_count count;
        uint32_t what;

        if (boot_count_decode(data, size, &count) == ERR_OK) {
                boot_count_encode(&count, encoded_count);
                MUST(memcmp(encoded_count, data, sizeof(encoded_count)) == 0);
        }
        if (forget_decode(data, size, &what) == ERR_OK) {
                forget_encode(what, encoded);
                MUST(memcmp(encoded, data, FORGET_ENCODED_SIZE) == 0);
        }
        if (break_glass_decode(data, size, &trace) == ERR_OK) {
                break_glass_encode(&trace, encoded);
                MUST(memcmp(encoded, data, sizeof(encoded)) == 0);
        }
        return 0;
}
