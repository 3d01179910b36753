/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three views of the input: as a record, as the contents of a record with a valid frame, and as a struct to be encoded.
 * What decodes is within its domains and encodes to the same again; what is encoded always decodes. */
#include "common/base/bytes.h"
#include "common/policy/policy.h"
#include "common/state/progress.h"
#include "tests/fuzz/fuzz.h"

#define CONTENT_OFFSET 12
#define MAC_OFFSET     (PROGRESS_ENCODED_SIZE - SHA256_SIZE)

/* As where no secret is kept: the key is known. */
static const struct progress_keys keys;

static void check_decoded(const struct progress *progress)
{
        struct progress again;
        uint8_t record[PROGRESS_ENCODED_SIZE], record_again[PROGRESS_ENCODED_SIZE];

        MUST((unsigned)progress->phase < PHASE_COUNT && (unsigned)progress->origin < ORIGIN_COUNT);
        MUST(progress->srk_name_before_size <= TPM_NAME_MAX);
        MUST(text_is_utf8(progress->last_error, text_length(progress->last_error)));
        progress_encode(progress, progress_key(&keys, ORIGIN_REQUEST), record);
        MUST(progress_decode(record, sizeof(record), &keys, &again) == ERR_OK);
        progress_encode(&again, progress_key(&keys, ORIGIN_REQUEST), record_again);
        MUST(memcmp(record_again, record, sizeof(record)) == 0);
}

/* The fuzzer cannot guess an HMAC: gives it one. */
static void check_framed(const uint8_t *data, size_t size)
{
        uint8_t record[PROGRESS_ENCODED_SIZE] = "CLNSLATE\3";
        struct progress progress;
        enum err err;

        memcpy(record + CONTENT_OFFSET, data, size < MAC_OFFSET - CONTENT_OFFSET ? size : MAC_OFFSET - CONTENT_OFFSET);
        hmac_sha256((struct bytes){ progress_key(&keys, ORIGIN_REQUEST), SHA256_SIZE }, &(struct bytes){ record, MAC_OFFSET }, 1,
                    record + MAC_OFFSET);
        memset(&progress, 0, sizeof(progress));
        err = progress_decode(record, sizeof(record), &keys, &progress);
        MUST(err == ERR_OK || err == ERR_RANGE);
        if (err == ERR_OK)
                check_decoded(&progress);
}

static void check_encoding(const uint8_t *data, size_t size)
{
        struct progress progress = { 0 }, again;
        uint8_t record[PROGRESS_ENCODED_SIZE];

        memcpy(&progress, data, size < sizeof(progress) ? size : sizeof(progress));
        progress.phase = (enum reset_phase)((unsigned)progress.phase % PHASE_COUNT);
        progress.origin = (enum reset_origin)((unsigned)progress.origin % ORIGIN_COUNT);
        progress.request.tpm_clear_policy %= 4;
        progress.request.level %= 4;
        progress.awaiting_firmware = size % 2; /* not any byte is a bool */
        progress.absent &= (UINT32_C(1) << POLICY_PARTITIONS_MAX) - 1;
        progress_encode(&progress, progress_key(&keys, ORIGIN_REQUEST), record);
        MUST(progress_decode(record, sizeof(record), &keys, &again) == ERR_OK);
        MUST(again.sequence == progress.sequence && again.phase == progress.phase && again.failures == progress.failures);
        MUST(again.erase_point.done_bytes == progress.erase_point.done_bytes && again.disks_done == progress.disks_done);
        MUST(again.absent == progress.absent && again.absent_check == progress.absent_check);
        MUST(memcmp(again.plain_partitions, progress.plain_partitions, sizeof(again.plain_partitions)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        size_t first = size / 2 < PROGRESS_ENCODED_SIZE ? size / 2 : PROGRESS_ENCODED_SIZE;
        const struct progress_slot slots[PROGRESS_SLOTS] = { { data, first }, { data + first, size - first } };
        struct progress progress;
        bool damaged;
        int current;

        memset(&progress, 0, sizeof(progress));
        if (progress_decode(data, size, NULL, &progress) == ERR_OK)
                check_decoded(&progress);
        current = progress_select(slots, NULL, &progress, &damaged);
        MUST(current >= -1 && current < PROGRESS_SLOTS && progress_next_slot(current) != current);
        MUST(current >= 0 || (damaged && progress.phase == PHASE_IDLE));
        check_framed(data, size);
        check_encoding(data, size);
        return 0;
}
