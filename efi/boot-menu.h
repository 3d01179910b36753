/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the boot menu: keys in, pages out, until common/boot/menu has an outcome. Costs a look at the keyboard of
 * MENU_LOOK_MS where the menu is hidden and nobody presses a key. */
#ifndef CLEANSLATE_EFI_BOOT_MENU_H
#define CLEANSLATE_EFI_BOOT_MENU_H

#include "efi/facts.h"
#include "efi/loader-requests.h"
#include "efi/own-image.h"

/* Sets facts->boot.asked to what the person chose, if it is anything but the boot without a menu, and password_given if the
 * image's password was typed. What was chosen elsewhere and needs the password is asked about here, whatever the menu's settings.
 * Does not come back from power off and firmware setup. A machine without keyboard or console has no menu; what needs the
 * password is out of reach there. */
void boot_menu_run(const struct platform *platform, const struct own_image *own, const struct loader_requests *requests,
                   struct facts *facts);

#endif
