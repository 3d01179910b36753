/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is taken for a recovery key is the same again when it is written down and typed; anything else leaves nothing. */
#include "common/format/recovery-key.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char typed[512], written[RECOVERY_KEY_TEXT_MAX];
        uint8_t key[RECOVERY_KEY_SIZE], again[RECOVERY_KEY_SIZE], untouched[RECOVERY_KEY_SIZE];

        if (size >= sizeof(typed))
                return 0;
        memcpy(typed, data, size);
        typed[size] = 0;
        memset(key, 0xa5, sizeof(key));
        memcpy(untouched, key, sizeof(key));
        if (!recovery_key_parse(typed, key)) {
                MUST(memcmp(key, untouched, sizeof(key)) == 0);
                return 0;
        }
        recovery_key_format(key, written);
        MUST(strlen(written) == sizeof(written) - 1);
        MUST(recovery_key_parse(written, again) && memcmp(key, again, sizeof(key)) == 0);
        return 0;
}
