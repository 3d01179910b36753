/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/boot/pcr-mode.h"
#include "common/base/bytes.h"

static const char *const mode_events[MODE_COUNT] = {
        [MODE_NORMAL] = NULL,
        [MODE_RESET] = "cleanslate:mode=reset",
        [MODE_RECOVERY] = "cleanslate:mode=recovery",
        [MODE_BREAK_GLASS] = "cleanslate:mode=break-glass",
};

const char *pcr_mode_event(enum boot_mode mode)
{
        return (unsigned)mode < MODE_COUNT ? mode_events[mode] : NULL;
}

void pcr_mode_extend(sha256_function sha256, uint8_t pcr[static SHA256_SIZE], enum boot_mode mode)
{
        const char *event = pcr_mode_event(mode);

        if (event != NULL)
                pcr_extend(sha256, pcr, event, text_length(event));
}

void pcr_mode_predict(sha256_function sha256, const struct uki *uki, enum boot_mode mode, bool late,
                      uint8_t ret[static SHA256_SIZE])
{
        pcr_predict_sections(sha256, uki, ret);
        if (!late)
                pcr_mode_extend(sha256, ret, mode);
        pcr_extend_phases(sha256, ret, PHASE_ENTER_INITRD);
        if (late)
                pcr_mode_extend(sha256, ret, mode);
}
