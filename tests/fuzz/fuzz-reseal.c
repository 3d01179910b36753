/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What root of the running system writes for the stub, and what whoever has the disk writes for the initrd: what is taken encodes
 * to the same again, and nothing else leaves a trace. */
#include "common/boot/reseal.h"
#include "common/format/luks-token.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

static void check_request(const uint8_t *data, size_t size)
{
        struct reseal_request request;
        uint8_t again[RESEAL_ENCODED_SIZE];

        if (reseal_request_decode(data, size, &request) != ERR_OK)
                return;
        reseal_request_encode(&request, again);
        MUST(size == sizeof(again) && memcmp(again, data, sizeof(again)) == 0);
}

/* The first byte is what the stub's state was, the others are starts. */
static void check_starts(const uint8_t *data, size_t size)
{
        struct reseal_state state = { .number = size ? data[0] : 0 };
        unsigned since_asked = RESEAL_STARTS_MAX + 1;

        for (size_t i = 1; i < size; i++) {
                const struct reseal_request request = { .verb = (enum reseal_verb)(1 + data[i] % 3) };
                const enum boot_mode mode = (enum boot_mode)((data[i] >> 4) % 4);
                const bool asked = data[i] & 8;
                const uint32_t number = state.number;
                const enum reseal reseal = reseal_next(&state, mode, asked ? &request : NULL);

                MUST(state.number >= number && state.starts_left <= RESEAL_STARTS_MAX);
                since_asked = reseal == RESEAL_PREPARE ? 0 : since_asked + (mode == MODE_NORMAL);
                MUST(reseal != RESEAL_PREPARE || state.number > number);
                MUST(!reseal_gives_key(reseal) || (mode == MODE_NORMAL && since_asked <= RESEAL_STARTS_MAX));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct luks_reseal copy = { 0 }, again;
        char json[LUKS_RESEAL_JSON_MAX], json_again[LUKS_RESEAL_JSON_MAX];
        struct writer writer = writer_over(json, sizeof(json)), writer_again = writer_over(json_again, sizeof(json_again));

        check_request(data, size);
        check_starts(data, size);
        if (luks_reseal_decode((const char *)data, size, &copy) != ERR_OK) {
                MUST(copy.blob_size == 0);
                return 0;
        }
        MUST(copy.blob_size > 0 && copy.blob_size <= sizeof(copy.blob));
        luks_reseal_encode(&copy, &writer);
        MUST(!writer.overflow && luks_reseal_decode(json, writer.size, &again) == ERR_OK);
        luks_reseal_encode(&again, &writer_again);
        MUST(writer_again.size == writer.size && memcmp(json_again, json, writer.size) == 0);
        return 0;
}
