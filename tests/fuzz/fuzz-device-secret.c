/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's secret as the firmware gives it back, and the keys as the initrd finds them: what decodes encodes to the same
 * again. */
#include "common/boot/device-secret.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

static void check_variable(const uint8_t *data, size_t size)
{
        struct device_secret secret;
        uint8_t again[DEVICE_SECRET_ENCODED_SIZE];

        memset(&secret, 0, sizeof(secret));
        if (device_secret_decode(data, size, &secret) != ERR_OK)
                return;
        device_secret_encode(&secret, again);
        MUST(memcmp(again, data, 72) == 0); /* up to the starts that are left, of which no more count than there may be */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct device_keys keys, again;
        char text[DEVICE_KEYS_TEXT_MAX];
        size_t text_size;

        check_variable(data, size);
        if (size > 4096 || device_keys_parse((const char *)data, size, &keys) != ERR_OK)
                return 0;
        MUST(device_keys_format(&keys, text, sizeof(text), &text_size) == ERR_OK);
        MUST(device_keys_parse(text, text_size, &again) == ERR_OK);
        MUST(again.progress.sequence_floor == keys.progress.sequence_floor && again.has_mark == keys.has_mark);
        MUST(again.has_reseal_request == keys.has_reseal_request);
        MUST(again.has_reseal == keys.has_reseal && (!again.has_reseal || memcmp(again.reseal, keys.reseal, SHA256_SIZE) == 0));
        MUST(again.progress.has_reset == keys.progress.has_reset &&
             (!again.progress.has_reset || memcmp(again.progress.reset, keys.progress.reset, SHA256_SIZE) == 0));
        return 0;
}
