/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device's secret in the firmware's variables: reading it, making it once, and noting there which reset was the last to come
 * to its end. Gives out keys that are derived from it, never the secret. */
#ifndef CLEANSLATE_EFI_DEVICE_SECRET_H
#define CLEANSLATE_EFI_DEVICE_SECRET_H

#include "common/boot/device-secret.h"
#include "common/boot/handover.h"
#include "efi/platform.h"

struct device_identity {
        struct device_keys keys;
        struct id128 last_reset; /* zero = none is known */
};

/* *ret is always filled; without a secret (an error) its keys prove nothing. A store that is full, or keeps no variable of this
 * kind, costs the resuming of resets, never a boot. */
EFI_STATUS device_secret_open(const struct platform *platform, struct device_identity *ret);

/* A planned reseal (common/boot/reseal): takes the running system's request away, counts this start, and adds to *keys and
 * *handover what a start in this mode is given. */
void device_secret_reseal(const struct platform *platform, enum boot_mode mode, struct device_keys *keys,
                          struct handover *handover);

#endif
