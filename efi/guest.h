/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether this machine is a guest, and of what kind; one file for each processor (arch.mk picks it). */
#ifndef CLEANSLATE_EFI_GUEST_H
#define CLEANSLATE_EFI_GUEST_H

#include <stdbool.h>

/* A virtual machine whose host may do anything with it: not a confidential one, and not a machine of its own, whose SMBIOS
 * strings whoever was root once may have written into the flash, where no reset removes them. False if it is not known. */
bool guest_trusts_its_host(void);

#endif
