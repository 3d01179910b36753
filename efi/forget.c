/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "efi/forget.h"
#include "common/base/forget.h"
#include "efi/variables.h"

static EFI_STATUS read_request(const struct platform *platform, uint32_t *ret_what)
{
        struct variable variable = { 0 };
        EFI_STATUS status = variable_read(platform, &guid_cleanslate, FORGET_VARIABLE_NAME, &variable);

        if (!EFI_ERROR(status) && forget_decode(variable.value, variable.size, ret_what) != ERR_OK)
                *ret_what = 0; /* nothing that could be followed; it goes */
        variable_done(platform, &variable);
        return status;
}

EFI_STATUS forget_run(const struct platform *platform, const struct settings *settings)
{
        uint32_t what = 0;
        EFI_STATUS status = read_request(platform, &what);

        if (EFI_ERROR(status))
                return status;
        if (settings->variables.mok != MOK_RESET)
                what &= ~FORGET_OWNER_KEYS;
        for (const struct forget_name *name = forget_names; name->what != 0; name++) {
                if (!(what & name->what))
                        continue;
                EFI_STATUS deleted = variable_delete(platform, name->vendor, name->name);

                if (EFI_ERROR(deleted))
                        status = deleted;
        }
        return EFI_ERROR(status) ? status : variable_delete(platform, &guid_cleanslate, FORGET_VARIABLE_NAME);
}
