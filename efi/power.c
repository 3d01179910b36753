/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways out of a boot; see power.h. */
#include "efi/power.h"
#include "common/base/bytes.h"
#include "efi/variables.h"

/* 0 if it is absent or not a 64-bit number. */
static uint64_t indications(const struct platform *platform, const char *name)
{
        struct variable variable = { 0 };
        uint64_t result = 0;

        if (EFI_ERROR(variable_read(platform, &guid_efi_global, name, &variable)))
                return 0;
        if (variable.size == sizeof(uint64_t))
                result = load_le64(variable.value);
        variable_done(platform, &variable);
        return result;
}

bool power_has_firmware_setup(const struct platform *platform)
{
        return (indications(platform, "OsIndicationsSupported") & EFI_OS_INDICATIONS_BOOT_TO_FW_UI) != 0;
}

EFI_STATUS power_off(const struct platform *platform)
{
        runtime_services(platform)->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
        return EFI_DEVICE_ERROR;
}

EFI_STATUS power_to_firmware_setup(const struct platform *platform)
{
        uint8_t value[sizeof(uint64_t)];
        EFI_STATUS status;

        store_le64(value, indications(platform, "OsIndications") | EFI_OS_INDICATIONS_BOOT_TO_FW_UI);
        status = variable_store(platform, &guid_efi_global, "OsIndications", value, sizeof(value));
        if (EFI_ERROR(status))
                return status;
        runtime_services(platform)->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
        return EFI_DEVICE_ERROR;
}
