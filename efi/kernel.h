/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the kernel from memory and starts it. */
#ifndef CLEANSLATE_EFI_KERNEL_H
#define CLEANSLATE_EFI_KERNEL_H

#include "common/base/bytes.h"
#include "efi/command-line.h"
#include "efi/platform.h"

/* *ret is a loaded image that knows its command line; `line` must live until kernel_start() is over. */
EFI_STATUS kernel_load(const struct platform *platform, struct bytes kernel, const struct command_line *line, EFI_HANDLE *ret);

/* Returns only if the kernel did not take over, with an error; `kernel` is not to be used any more. */
EFI_STATUS kernel_start(const struct platform *platform, EFI_HANDLE kernel);

#endif
