/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a boot's mode does to PCR 11: a departure from the normal boot is measured before anything acts on it. */
#ifndef CLEANSLATE_COMMON_PCR_MODE_H
#define CLEANSLATE_COMMON_PCR_MODE_H

#include "common/boot/boot-choice.h"
#include "common/format/pcr.h"
#include <stdbool.h>

/* The text that is measured to PCR 11 for a departure from the normal boot ("cleanslate:mode=reset", without NUL);
 * NULL for MODE_NORMAL, which measures nothing. */
const char *pcr_mode_event(enum boot_mode mode);

/* Extends by the mode's event; nothing for MODE_NORMAL. */
void pcr_mode_extend(sha256_function sha256, uint8_t pcr[static SHA256_SIZE], enum boot_mode mode);

/* PCR 11 when the initrd has measured its phase. A mode that the firmware did not measure is measured by the initrd after its
 * phase (`late`): the same events in another order. */
void pcr_mode_predict(sha256_function sha256, const struct uki *uki, enum boot_mode mode, bool late,
                      uint8_t ret[static SHA256_SIZE]);

/* Whether PCR 11 holds nothing that a stub has measured: zeros, or what an initrd of ours and the running system extend by
 * themselves (systemd-pcrphase's "sysinit" and "ready" behind the initrd's phases). A bank that the firmware does not extend is
 * like that, and so is a start without a measuring stub. */
bool pcr_is_unmeasured(sha256_function sha256, const uint8_t pcr[static SHA256_SIZE]);

/* What PCR 11 is in an ordinary start of this image, when keys are unsealed. `present`: its value now, in the initrd; `mode`: of
 * this start; `before`: what it was before the stub measured the mode, as the stub says (NULL: it does not). Nobody's word is
 * believed: what is between `before` and `present` has to be the mode and the phase. False: it cannot be told. */
bool pcr_ordinary_predict(sha256_function sha256, enum boot_mode mode, const uint8_t *before,
                          const uint8_t present[static SHA256_SIZE], uint8_t ret[static SHA256_SIZE]);

#endif
