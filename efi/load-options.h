/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What whoever started us passed along: which profile of the image, and the rest. Reads only. */
#ifndef CLEANSLATE_EFI_LOAD_OPTIONS_H
#define CLEANSLATE_EFI_LOAD_OPTIONS_H

#include "common/boot/profile-option.h"
#include "efi/platform.h"

/* Nothing at all unless the load options start like text: firmware passes binary data of boot entries, too. Views into them. */
struct profile_option load_options_read(const EFI_LOADED_IMAGE *loaded);

#endif
