/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addons go along; see addon.h. */
#include "common/boot/addon.h"
#include "common/base/memory.h"

#define LAST_BLANK 0x20 /* it and everything below */

struct bytes addon_text(const struct uki *addon, enum uki_section section)
{
        struct bytes text = addon->sections[section];

        for (size_t at = 0; at < text.size; at++)
                if (text.data[at] == 0)
                        text.size = at;
        return text;
}

struct bytes addon_line(const struct uki *addon)
{
        struct bytes line = addon_text(addon, UKI_CMDLINE);

        for (; line.size > 0 && line.data[0] <= LAST_BLANK; line.size--)
                line.data++;
        while (line.size > 0 && line.data[line.size - 1] <= LAST_BLANK)
                line.size--;
        return line;
}

static bool same_text(struct bytes a, struct bytes b)
{
        return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

enum err addon_judge(const struct uki *addon, const struct uki *image)
{
        struct bytes line = addon_text(addon, UKI_CMDLINE);

        if (addon->sections[UKI_LINUX].data != NULL)
                return ERR_UNSUPPORTED;
        if (addon->sections[UKI_UNAME].data != NULL && image->sections[UKI_UNAME].data != NULL &&
            !same_text(addon_text(addon, UKI_UNAME), addon_text(image, UKI_UNAME)))
                return ERR_VERSION;
        if (addon->sections[UKI_CMDLINE].data == NULL && addon->sections[UKI_INITRD].data == NULL &&
            addon->sections[UKI_UCODE].data == NULL)
                return ERR_MISSING;
        return text_is_utf8((const char *)line.data, line.size) ? ERR_OK : ERR_ENCODING;
}
