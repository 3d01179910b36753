/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificate of our signed image for the kernel's own keyring, so that the kernel itself can check the signature over the
 * root hash. Linux takes it from a configuration table of the firmware, and only under Secure Boot. */
#ifndef CLEANSLATE_EFI_KERNEL_KEYS_H
#define CLEANSLATE_EFI_KERNEL_KEYS_H

#include "common/base/bytes.h"
#include "efi/platform.h"

struct kernel_keys {
        void *table; /* NULL = nothing was installed */
};

/* Installs the table for one X.509 certificate in DER. EFI_ALREADY_STARTED: there is one (shim's), which stays;
 * EFI_BAD_BUFFER_SIZE: no certificate is that large; EFI_OUT_OF_RESOURCES. */
EFI_STATUS kernel_keys_install(const struct platform *platform, struct bytes certificate, struct kernel_keys *ret);

/* Takes it back; for a kernel that did not start. */
void kernel_keys_uninstall(const struct platform *platform, struct kernel_keys *keys);

#endif
