/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "efi/root-policy.h"

enum root_policy root_policy_of(const struct uki *uki)
{
        struct bytes text = uki->sections[UKI_CLNSLT];
        struct settings settings;

        settings_init(&settings);
        if (text.data == NULL)
                return settings.root;
        if (settings_read(&settings, ".clnslt", (const char *)text.data, text.size, NULL) != ERR_OK)
                return ROOT_SIGNED;
        return settings.root;
}
