/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel placed in memory without LoadImage(), where that would ask for a signature of the kernel's own. Its code is never
 * writable and its data never executable where the firmware lets that be said and the kernel can do with it. */
#ifndef CLEANSLATE_EFI_KERNEL_PLACE_H
#define CLEANSLATE_EFI_KERNEL_PLACE_H

#include "common/boot/kernel-image.h"
#include "efi/command-line.h"
#include "efi/platform.h"

struct placed_kernel {
        EFI_PHYSICAL_ADDRESS pages; /* as allocated */
        UINTN page_count;           /* 0: nothing is placed */
        uint8_t *base;
        size_t size;
        uint32_t entry;
};

/* Whether it can be placed here at all. */
bool kernel_can_be_placed(const struct kernel_image *image);

/* EFI_OUT_OF_RESOURCES; EFI_UNSUPPORTED: the firmware insists that what lies there is no code. */
EFI_STATUS kernel_place(const struct platform *platform, const struct kernel_image *image, struct placed_kernel *ret);

/* Runs it under our own handle, which says meanwhile what is true of the kernel. Comes back only if the kernel does. */
EFI_STATUS kernel_enter(const struct platform *platform, const struct placed_kernel *placed, const struct command_line *line);

/* Its pages become data again, which firmware may write over when they are freed. */
void kernel_remove(const struct platform *platform, struct placed_kernel *placed);

#endif
