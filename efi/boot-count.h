/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many ordinary boots were begun since the last one that came through (common/state/boot-trace.h). The one variable of the
 * stub that outlives a boot. */
#ifndef CLEANSLATE_EFI_BOOT_COUNT_H
#define CLEANSLATE_EFI_BOOT_COUNT_H

#include "efi/platform.h"

/* 0 where there is none, or none that can be used (then *ret_damaged): a broken store must not keep a machine from starting. */
uint32_t boot_count_read(const struct platform *platform, bool *ret_damaged);

EFI_STATUS boot_count_write(const struct platform *platform, uint32_t count);

#endif
