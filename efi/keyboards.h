/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has the firmware start its keyboards where it has started none: with "fast boot", and with EDK2's PcdConInConnectOnDemand, a
 * USB keyboard has no driver yet when an image is started (systemd issue 10827). Reads no key. */
#ifndef CLEANSLATE_EFI_KEYBOARDS_H
#define CLEANSLATE_EFI_KEYBOARDS_H

#include "efi/platform.h"

/* Does nothing, but for one question, where any device gives keys: a keyboard or a serial terminal. Otherwise connects what
 * keyboards hang on, USB controllers and the bridge of the PS/2 controller, and nothing else: no disks, no network. Whether it
 * helped shows when keys are read. */
void keyboards_connect(const struct platform *platform);

#endif
