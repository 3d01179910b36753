/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A .pcrsig that is accepted holds only whole entries, each of which is found again; base64 has one text for each byte string. */
#include "common/base/base64.h"
#include "common/format/pcr-signature.h"
#include "tests/fuzz/fuzz.h"

static void check_base64(const uint8_t *data, size_t size)
{
        uint8_t bytes[1024];
        char text[BASE64_LENGTH(sizeof(bytes)) + 1];
        struct writer writer = writer_over(text, sizeof(text));
        size_t decoded = 0;
        enum err err = base64_decode((const char *)data, size, bytes, sizeof(bytes), &decoded);

        if (err != ERR_OK) {
                MUST(decoded == 0);
                return;
        }
        MUST(decoded <= sizeof(bytes));
        writer_base64(&writer, bytes, decoded);
        MUST(!writer.overflow && writer.size == size && memcmp(text, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pcr_signature_list list;

        check_base64(data, size);
        if (pcr_signature_list_parse((const char *)data, size, &list) != ERR_OK)
                return 0;
        MUST(list.count <= PCR_SIGNATURES_MAX);
        for (size_t i = 0; i < list.count; i++) {
                const struct pcr_signature *entry = &list.entries[i];

                MUST(entry->signature_size > 0 && entry->signature_size <= sizeof(entry->signature));
                MUST(entry->pcr_mask >> PCR_SIGNATURE_PCR_COUNT == 0);
                MUST(pcr_signature_find(&list, entry->pcr_mask, entry->fingerprint, entry->policy) != NULL);
                MUST(pcr_signature_find(&list, ~entry->pcr_mask, entry->fingerprint, entry->policy) == NULL);
        }
        return 0;
}
