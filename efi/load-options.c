/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Load options; see load-options.h. */
#include "efi/load-options.h"

#define FIRST_PRINTABLE 0x20

struct profile_option load_options_read(const EFI_LOADED_IMAGE *loaded)
{
        const void *options = loaded->LoadOptions;
        size_t size = loaded->LoadOptionsSize;

        if (options == NULL || size < sizeof(CHAR16) || load_le16(options) < FIRST_PRINTABLE)
                size = 0;
        return profile_option_parse(options, size);
}
