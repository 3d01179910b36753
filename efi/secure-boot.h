/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secure Boot: whether it is on, and the one exception we make from what firmware does with an image it loads. The kernel inside
 * of ours carries no signature of its own; it was checked with the image it is part of, so the firmware's check is told so for
 * exactly that buffer. Without Secure Boot the check has nothing to refuse, but would measure the kernel once more: it is in PCR
 * 4 with our image and in PCR 11 by itself already. So PCR 4 does not depend on Secure Boot being on. */
#ifndef CLEANSLATE_EFI_SECURE_BOOT_H
#define CLEANSLATE_EFI_SECURE_BOOT_H

#include "efi/platform.h"

/* On = SecureBoot is 1 and SetupMode is not. */
bool secure_boot_enabled(const struct platform *platform);

/* The security architectural protocols' functions as they were (PI 1.7, volume 2, sections 12.9 and 12.10); NULL = not replaced.
 */
struct secure_boot_exception {
        struct security_protocol *security;
        struct security2_protocol *security2;
        void *security_original, *security2_original;
};

/* The path to load the embedded kernel under; only an image loaded under it is let through in between these two calls, and
 * everything else is refused. */
EFI_DEVICE_PATH *secure_boot_kernel_path(void);
struct secure_boot_exception secure_boot_admit_kernel(const struct platform *platform);
void secure_boot_withdraw(struct secure_boot_exception *exception);

#endif
