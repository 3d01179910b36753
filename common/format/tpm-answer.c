/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/format/tpm-answer.h"
#include "common/base/memory.h"

#define HEADER_SIZE    10 /* tag, size, response code: TPM 2.0 part 1, 18.2 */
#define RETRY_FIRST_MS 5
#define RETRY_EACH_MAX 500

/* RC_WARN and their numbers, TPM 2.0 part 2, table 17 */
enum { WARN_YIELDED = 0x908, WARN_TESTING = 0x90a, WARN_NV_RATE = 0x920, WARN_RETRY = 0x922 };

static uint32_t response_code(const uint8_t *header)
{
        return (uint32_t)header[6] << 24 | (uint32_t)header[7] << 16 | (uint32_t)header[8] << 8 | header[9];
}

uint32_t tpm_answer_retry_ms(const void *answer, size_t size, uint32_t waited_ms)
{
        uint32_t code, wait = waited_ms < RETRY_FIRST_MS ? RETRY_FIRST_MS : waited_ms;

        if (size < HEADER_SIZE || waited_ms >= TPM_RETRY_MAX_MS)
                return 0;
        code = response_code(answer);
        if (code != WARN_YIELDED && code != WARN_TESTING && code != WARN_NV_RATE && code != WARN_RETRY)
                return 0;
        return wait < RETRY_EACH_MAX ? wait : RETRY_EACH_MAX;
}

size_t tpm_certificate_size(const uint8_t *data, size_t size)
{
        size_t octets, length = 0;

        if (size < 2 || data[0] != 0x30)
                return 0;
        if (data[1] < 0x80)
                return data[1] ? 2 + (size_t)data[1] : 0;
        octets = data[1] & 0x7f;
        if (octets == 0 || octets > 2 || size < 2 + octets) /* an index holds no more than two can say */
                return 0;
        for (size_t i = 0; i < octets; i++)
                length = length << 8 | data[2 + i];
        return length ? 2 + octets + length : 0;
}

/* TPML_PCR_SELECTION: one bank, TPM_ALG_SHA256, three bytes of a mask, and of it PCR 11 */
static const uint8_t selection[] = { 0, 0, 0, 1, 0, 0x0b, 3, 0, 0x08, 0 };
/* TPML_DIGEST: one, of 32 bytes */
static const uint8_t one_digest[] = { 0, 0, 0, 1, 0, SHA256_SIZE };

#define SELECTION_AT (HEADER_SIZE + 4) /* behind pcrUpdateCounter */
#define DIGESTS_AT   (SELECTION_AT + sizeof(selection))
_Static_assert(HEADER_SIZE + sizeof(selection) == TPM_PCR_READ_SIZE, "header and selection");
_Static_assert(DIGESTS_AT + sizeof(one_digest) + SHA256_SIZE == TPM_PCR_ANSWER_SIZE, "counter, selection and one value");

void tpm_pcr_read_command(uint8_t ret[static TPM_PCR_READ_SIZE])
{
        static const uint8_t header[HEADER_SIZE] = { 0x80, 0x01, 0, 0, 0, TPM_PCR_READ_SIZE, 0, 0, 0x01, 0x7e };

        memcpy(ret, header, sizeof(header));
        memcpy(ret + sizeof(header), selection, sizeof(selection));
}

bool tpm_pcr_read_parse(const uint8_t answer[static TPM_PCR_ANSWER_SIZE], uint8_t ret[static SHA256_SIZE])
{
        if (response_code(answer) != 0 || memcmp(answer + SELECTION_AT, selection, sizeof(selection)) != 0 ||
            memcmp(answer + DIGESTS_AT, one_digest, sizeof(one_digest)) != 0)
                return false;
        memcpy(ret, answer + DIGESTS_AT + sizeof(one_digest), SHA256_SIZE);
        return true;
}
