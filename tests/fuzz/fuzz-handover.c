/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What parses is within its domains and is the same after being written and read again. */
#include "common/boot/handover.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct handover handover, again;
        char text[HANDOVER_TEXT_MAX];
        size_t text_size;

        memset(&handover, 0, sizeof(handover));
        memset(&again, 0, sizeof(again));
        if (handover_parse((const char *)data, size, &handover) != ERR_OK)
                return 0;
        MUST((unsigned)handover.choice.mode < MODE_COUNT && (unsigned)handover.choice.reason < REASON_COUNT);
        MUST((unsigned)handover.request <= REQUEST_DUE);
        MUST((unsigned)handover.root < ROOT_POLICY_COUNT);
        MUST((unsigned)handover.break_glass < BREAK_GLASS_POLICY_COUNT);
        MUST(handover.access.reset < ACCESS_COUNT && handover.access.recovery < ACCESS_COUNT);
        MUST(handover.access.break_glass < ACCESS_COUNT);
        MUST(!handover.tpm_measured || !handover.tpm_failed);
        MUST(handover_format(&handover, text, sizeof(text), &text_size) == ERR_OK);
        MUST(handover_parse(text, text_size, &again) == ERR_OK);
        MUST(handover.choice.mode == again.choice.mode && handover.choice.reason == again.choice.reason);
        MUST(handover.tpm_measured == again.tpm_measured && handover.tpm_failed == again.tpm_failed);
        MUST(handover.has_pcr == again.has_pcr && memcmp(handover.pcr, again.pcr, sizeof(again.pcr)) == 0);
        MUST(handover.root == again.root);
        MUST(handover.access.reset == again.access.reset && handover.access.recovery == again.access.recovery);
        MUST(handover.access.break_glass == again.access.break_glass);
        MUST(handover.password_given == again.password_given);
        MUST(handover.request == again.request && guid_equal(&handover.stub_partition, &again.stub_partition));
        MUST(strcmp(handover.stub_file, again.stub_file) == 0 && handover.stub_file[0] != '/');
        return 0;
}
