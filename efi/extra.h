/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generated cpio archive behind the initrd: what the image and the stub tell the initrd under /.extra, with the file names
 * that systemd's tools expect. Owns its layout only. */
#ifndef CLEANSLATE_EFI_EXTRA_H
#define CLEANSLATE_EFI_EXTRA_H

#include "common/boot/device-secret.h"
#include "common/boot/handover.h"
#include "common/format/uki.h"
#include "efi/platform.h"

/* *ret is pool memory for the caller to release with platform_free(); it holds the keys. */
EFI_STATUS extra_build(const struct platform *platform, const struct uki *uki, const struct handover *handover,
                       const struct device_keys *keys, struct bytes *ret);

#endif
