/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/boot/pcr-mode.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

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

static bool is_reached(sha256_function sha256, const uint8_t pcr[static SHA256_SIZE], const uint8_t from[static SHA256_SIZE],
                       enum boot_mode first, const char *phases, enum boot_mode last)
{
        uint8_t value[SHA256_SIZE];

        memcpy(value, from, sizeof(value));
        pcr_mode_extend(sha256, value, first);
        pcr_extend_phases(sha256, value, phases);
        pcr_mode_extend(sha256, value, last);
        return memcmp(value, pcr, sizeof(value)) == 0;
}

bool pcr_is_unmeasured(sha256_function sha256, const uint8_t pcr[static SHA256_SIZE])
{
        static const char *const phases[] = { "", PHASE_ENTER_INITRD, PHASE_ENTER_INITRD ":" PHASE_LEAVE_INITRD,
                                              PHASE_ENTER_INITRD ":" PHASE_LEAVE_INITRD ":sysinit",
                                              PHASE_ENTER_INITRD ":" PHASE_LEAVE_INITRD ":sysinit:ready" };
        static const uint8_t zeros[SHA256_SIZE];

        for (size_t i = 0; i < ARRAY_SIZE(phases); i++)
                for (enum boot_mode mode = MODE_NORMAL; mode < MODE_COUNT; mode++)
                        if (is_reached(sha256, pcr, zeros, mode, phases[i], MODE_NORMAL) ||
                            is_reached(sha256, pcr, zeros, MODE_NORMAL, phases[i], mode))
                                return true;
        return false;
}

bool pcr_ordinary_predict(sha256_function sha256, enum boot_mode mode, const uint8_t *before,
                          const uint8_t present[static SHA256_SIZE], uint8_t ret[static SHA256_SIZE])
{
        if (mode == MODE_NORMAL) {
                memcpy(ret, present, SHA256_SIZE);
                return true;
        }
        if (before == NULL || (!is_reached(sha256, present, before, mode, PHASE_ENTER_INITRD, MODE_NORMAL) &&
                               !is_reached(sha256, present, before, MODE_NORMAL, PHASE_ENTER_INITRD, mode)))
                return false;
        memcpy(ret, before, SHA256_SIZE);
        pcr_extend_phases(sha256, ret, PHASE_ENTER_INITRD);
        return true;
}
