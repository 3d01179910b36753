/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the kernel from memory and starts it, by the ways of common/boot/kernel-way.h. Of systemd-stub 262's ways two are left
 * out: the entry for firmware of 32 bits, for which there is no stub of ours, and the handover of kernels before Linux 5.8, which
 * are refused. */
#ifndef CLEANSLATE_EFI_KERNEL_H
#define CLEANSLATE_EFI_KERNEL_H

#include "common/base/bytes.h"
#include "common/boot/kernel-way.h"
#include "efi/command-line.h"
#include "efi/kernel-place.h"
#include "efi/platform.h"

struct loaded_kernel {
        EFI_HANDLE handle;           /* KERNEL_WAY_LOAD_IMAGE */
        struct placed_kernel placed; /* KERNEL_WAY_PLACE */
        const struct command_line *line;
};

/* A kernel that knows its command line; `line` must live until kernel_start() is over. EFI_INCOMPATIBLE_VERSION: one before Linux
 * 5.8. */
EFI_STATUS kernel_load(const struct platform *platform, struct bytes kernel, const struct command_line *line,
                       struct loaded_kernel *ret);

/* Returns only if the kernel did not take over, with an error; `kernel` is not to be used any more. */
EFI_STATUS kernel_start(const struct platform *platform, struct loaded_kernel *kernel);

#endif
