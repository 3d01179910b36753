/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel; see kernel.h. */
#include "efi/kernel.h"
#include "efi/secure-boot.h"

static EFI_STATUS load_image(const struct platform *platform, struct bytes kernel, EFI_HANDLE *ret)
{
        struct secure_boot_exception exception = secure_boot_admit_kernel(platform);
        EFI_STATUS status;

        status = boot_services(platform)->LoadImage(FALSE, platform->image, secure_boot_kernel_path(), (void *)kernel.data,
                                                    kernel.size, ret);
        secure_boot_withdraw(&exception);
        return status;
}

static EFI_STATUS set_command_line(const struct platform *platform, EFI_HANDLE kernel, const struct command_line *line)
{
        EFI_GUID protocol = LOADED_IMAGE_PROTOCOL;
        EFI_LOADED_IMAGE *loaded;
        void *interface = NULL;
        EFI_STATUS status = boot_services(platform)->HandleProtocol(kernel, &protocol, &interface);

        if (EFI_ERROR(status))
                return status;
        if (line->size > UINT32_MAX)
                return EFI_BAD_BUFFER_SIZE;
        loaded = interface;
        loaded->LoadOptions = line->text;
        loaded->LoadOptionsSize = (UINT32)line->size;
        return EFI_SUCCESS;
}

EFI_STATUS kernel_load(const struct platform *platform, struct bytes kernel, const struct command_line *line, EFI_HANDLE *ret)
{
        EFI_HANDLE handle = NULL;
        EFI_STATUS status = load_image(platform, kernel, &handle);

        if (!EFI_ERROR(status))
                status = set_command_line(platform, handle, line);
        if (EFI_ERROR(status)) {
                if (handle != NULL) /* a security violation leaves one, too */
                        (void)boot_services(platform)->UnloadImage(handle);
                return status;
        }
        *ret = handle;
        return EFI_SUCCESS;
}

EFI_STATUS kernel_start(const struct platform *platform, EFI_HANDLE kernel)
{
        EFI_STATUS status = boot_services(platform)->StartImage(kernel, NULL, NULL);

        /* No UnloadImage(): the firmware has unloaded an application that returned, and the handle may be gone. */
        return EFI_ERROR(status) ? status : EFI_LOAD_ERROR;
}
