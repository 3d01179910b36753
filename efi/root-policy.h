/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the signed image asks of the root file system before anything of that is read: [Image] root= of its section .clnslt. */
#ifndef CLEANSLATE_EFI_ROOT_POLICY_H
#define CLEANSLATE_EFI_ROOT_POLICY_H

#include "common/policy.h"
#include "common/uki.h"

/* ROOT_VERITY without the section; ROOT_SIGNED for one that cannot be read, because a damaged policy must not ask for less. */
enum root_policy root_policy_of(const struct uki *uki);

#endif
