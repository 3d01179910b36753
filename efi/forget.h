/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removes what a reset has asked the stub to forget (common/base/forget.h), then the request to do so. */
#ifndef CLEANSLATE_EFI_FORGET_H
#define CLEANSLATE_EFI_FORGET_H

#include "common/policy/policy.h"
#include "efi/platform.h"

/* EFI_NOT_FOUND: nothing was asked for. Another error: something is still there and is tried again at the next start. The
 * request's owner keys count only if `settings` say so. */
EFI_STATUS forget_run(const struct platform *platform, const struct settings *settings);

#endif
