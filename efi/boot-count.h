/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many ordinary boots were begun since the last one that came through (common/state/boot-trace.h). The one variable of the
 * stub that outlives a boot. */
#ifndef CLEANSLATE_EFI_BOOT_COUNT_H
#define CLEANSLATE_EFI_BOOT_COUNT_H

#include "common/state/boot-trace.h"
#include "efi/platform.h"

/* Zero where there is none, or none that can be used (then *ret_damaged): a broken store must not keep a machine from starting.
 */
struct boot_count boot_count_read(const struct platform *platform, bool *ret_damaged);

EFI_STATUS boot_count_write(const struct platform *platform, uint32_t boots);

#endif
