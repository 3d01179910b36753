/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever lies beside a record: what can be read comes back from what is written of it, and its judgement stays within bounds.
 */
#include "common/format/record-signature.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

static struct record_signature signature;

/* The record is always the one that the companion is about, so that the quote is looked at; it stands for its digest. */
static void hash(const struct bytes *chunks, size_t count, uint8_t ret[static SHA256_SIZE])
{
        if (count == 1 && chunks[0].data == signature.record_digest)
                memcpy(ret, signature.record_digest, SHA256_SIZE);
        else
                sha256_of_chunks(chunks, count, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct record_signature again;
        static char text[4 * RECORD_SIGNATURE_TEXT_MAX], text_again[4 * RECORD_SIGNATURE_TEXT_MAX];
        struct writer writer = writer_over(text, sizeof(text));
        struct tpm_quote_claim claim;
        struct tpm_attest_key key;
        struct tpm_attest_signature numbers;

        if (record_signature_read((const char *)data, size, &signature) != ERR_OK)
                return 0;
        record_signature_write(&signature, &writer);
        MUST(!writer.overflow);
        if (writer.size <= RECORD_SIGNATURE_TEXT_MAX) {
                MUST(record_signature_read(text, writer.size, &again) == ERR_OK);
                struct writer writer_again = writer_over(text_again, sizeof(text_again));
                record_signature_write(&again, &writer_again);
                MUST(writer_again.size == writer.size && memcmp(text_again, text, writer.size) == 0);
        }
        MUST(record_signature_judge(hash, &signature, (struct bytes){ signature.record_digest, SHA256_SIZE }, &claim, &key,
                                    &numbers) < RECORD_VERDICT_COUNT);
        return 0;
}
