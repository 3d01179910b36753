/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room in the firmware's variable store. Most firmware tidies it up before the kernel is started and never behind that: what is
 * written at run time takes new space each time (edk2, MdeModulePkg/Universal/Variable: Reclaim() is not called at run time). A
 * reset writes its progress at run time. */
#ifndef CLEANSLATE_EFI_STORE_ROOM_H
#define CLEANSLATE_EFI_STORE_ROOM_H

#include "efi/platform.h"

/* Has the firmware tidy up: it does so when it is asked to store more than fits. Leaves nothing behind. What firmware does not
 * say, or refuses, costs nothing but the room. */
void store_room_make(const struct platform *platform);

#endif
