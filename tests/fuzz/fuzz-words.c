/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The single words and numbers of larger texts: what is understood is named by the same word again, and nothing else changes. */
#include "common/boot/boot-choice.h"
#include "common/boot/reseal.h"
#include "common/policy/console-access.h"
#include "common/state/progress.h"
#include "tests/fuzz/fuzz.h"

static bool is(const char *word, const uint8_t *data, size_t size)
{
        return strlen(word) == size && memcmp(word, data, size) == 0;
}

static void names(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        enum boot_mode mode;
        enum boot_reason reason;
        enum access access;
        enum reseal reseal;
        enum progress_standing standing;
        if (boot_mode_parse(text, size, &mode))
                MUST(is(boot_mode_name(mode), data, size));
        if (boot_reason_parse(text, size, &reason))
                MUST(is(boot_reason_name(reason), data, size));
        if (access_parse(text, size, &access))
                MUST(is(access_name(access), data, size));
        if (reseal_parse(text, size, &reseal))
                MUST(is(reseal_name(reseal), data, size));
        if (progress_standing_parse(text, size, &standing))
                MUST(is(progress_standing_name(standing), data, size));
}

static void identifiers(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        char guid_text[GUID_TEXT_SIZE], id_text[ID128_TEXT_SIZE];
        struct guid guid, guid_again;
        struct id128 id, id_again;
        if (guid_parse(text, size, &guid)) {
                guid_format(&guid, guid_text);
                MUST(size == strlen(guid_text) && strncasecmp(guid_text, text, size) == 0);
                MUST(guid_parse(guid_text, size, &guid_again) && guid_equal(&guid, &guid_again));
        }
        if (id128_parse(text, size, &id)) {
                id128_format(&id, id_text);
                MUST(id128_parse(id_text, strlen(id_text), &id_again) && id128_equal(&id, &id_again));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint8_t encoded[WRONG_PASSWORDS_ENCODED_SIZE];
        uint32_t count = 0xa5a5a5a5;
        names(data, size);
        identifiers(data, size);
        if (wrong_passwords_decode(data, size, &count) == ERR_OK) {
                wrong_passwords_encode(count, encoded);
                MUST(size == sizeof(encoded) && memcmp(encoded, data, size) == 0);
        } else {
                MUST(count == 0xa5a5a5a5);
        }
        return 0;
}
