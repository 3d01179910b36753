/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which shim there is in front of us: by its protocols, and by its table of variables for the kernel (shim 15.8 to 16.1: shim.c,
 * loader-proto.c, mok.c). */
#ifndef CLEANSLATE_EFI_SHIM_H
#define CLEANSLATE_EFI_SHIM_H

#include "common/boot/kernel-way.h"
#include "efi/platform.h"

enum shim shim_find(const struct platform *platform);

#endif
