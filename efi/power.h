/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two ways out of a boot: off, and into the firmware's setup. Neither comes back if all is well. */
#ifndef CLEANSLATE_EFI_POWER_H
#define CLEANSLATE_EFI_POWER_H

#include "efi/platform.h"

/* Whether the firmware can be told to show its setup (OsIndicationsSupported, UEFI 2.10, 8.5.4). */
bool power_has_firmware_setup(const struct platform *platform);

/* Both return only with an error. */
EFI_STATUS power_off(const struct platform *platform);
EFI_STATUS power_to_firmware_setup(const struct platform *platform);

#endif
