/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of expected PCRs from anybody: what is read fits, an unreadable one changes nothing, and no quote is called a reset
 * boot's unless PCR 11 and one that anchors it were compared and agree. */
#include "common/boot/expected-pcrs.h"
#include "tests/fuzz/fuzz.h"

#define ANCHORS (1u << 4 | 1u << 7)

/* Of the expected values some, so that all verdicts come up. */
static void take_values(const struct expected_pcrs *expected, struct record_signature *signature)
{
        signature->pcrs = RECORD_SIGNATURE_PCR_MASK;
        for (size_t i = 0; i < expected->count; i++)
                if (expected->values[i].value[0] % 4 != 3)
                        memcpy(signature->values[expected->values[i].pcr], expected->values[i].value, SHA256_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct record_signature signature;
        struct expected_pcrs expected = { 0 }, before;
        char option[128] = "";

        memset(&signature, 0, sizeof(signature));
        memcpy(option, data, size < sizeof(option) ? size : sizeof(option) - 1);
        (void)expected_pcrs_add(option, &expected);
        memcpy(&before, &expected, sizeof(before)); /* its holes too: nothing at all is touched */
        if (expected_pcrs_read((const char *)data, size, &expected) != ERR_OK)
                MUST(memcmp(&before, &expected, sizeof(expected)) == 0);
        MUST(expected.count <= EXPECTED_PCRS_VALUES_MAX);
        for (size_t i = 0; i < expected.count; i++)
                MUST(expected.values[i].pcr < RECORD_SIGNATURE_PCRS && expected.values[i].boot < EXPECTED_BOOT_COUNT);
        take_values(&expected, &signature);
        struct boot_comparison comparison = expected_pcrs_judge(&expected, &signature);
        MUST((comparison.verdict == BOOT_NOT_COMPARED) == (expected.count == 0));
        MUST((comparison.verdict == BOOT_DIFFERS) == (comparison.differing != 0));
        MUST((comparison.differing & ~comparison.compared) == 0);
        if (comparison.verdict == BOOT_RESET || comparison.verdict == BOOT_RECOVERY || comparison.verdict == BOOT_ORDINARY)
                MUST(comparison.compared & 1u << 11 && comparison.compared & ANCHORS);
        return 0;
}
