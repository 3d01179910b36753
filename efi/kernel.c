/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel; see kernel.h. */
#include "efi/kernel.h"
#include "efi/secure-boot.h"
#include "efi/shim.h"

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
        loaded = interface;
        loaded->LoadOptions = line->text;
        loaded->LoadOptionsSize = (UINT32)line->size;
        return EFI_SUCCESS;
}

static EFI_STATUS load_by_firmware(const struct platform *platform, struct bytes kernel, const struct command_line *line,
                                   EFI_HANDLE *ret)
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

static enum load_outcome outcome_of(EFI_STATUS status)
{
        if (status == EFI_ACCESS_DENIED || status == EFI_SECURITY_VIOLATION)
                return LOAD_REFUSED;
        return status == EFI_UNSUPPORTED ? LOAD_UNSUPPORTED : LOAD_FAILED;
}

EFI_STATUS kernel_load(const struct platform *platform, struct bytes kernel, const struct command_line *line,
                       struct loaded_kernel *ret)
{
        struct kernel_image image = { 0 };
        struct kernel_way_facts facts = { .secure_boot = secure_boot_enabled(platform), .shim = shim_find(platform) };
        enum kernel_way way;
        EFI_STATUS status;

        facts.readable = kernel_image_read(kernel, &image) == ERR_OK;
        facts.placeable = facts.readable && kernel_can_be_placed(&image);
        facts.version = image.version;
        way = kernel_way_choose(&facts);
        *ret = (struct loaded_kernel){ .line = line };
        if (line->size > UINT32_MAX)
                return EFI_BAD_BUFFER_SIZE;
        if (way == KERNEL_WAY_NONE)
                return EFI_INCOMPATIBLE_VERSION;
        if (way == KERNEL_WAY_PLACE)
                return kernel_place(platform, &image, &ret->placed);
        status = load_by_firmware(platform, kernel, line, &ret->handle);
        if (EFI_ERROR(status) && kernel_way_place_instead(&facts, outcome_of(status)))
                status = kernel_place(platform, &image, &ret->placed);
        return status;
}

EFI_STATUS kernel_start(const struct platform *platform, struct loaded_kernel *kernel)
{
        EFI_STATUS status;

        if (kernel->placed.page_count > 0) {
                status = kernel_enter(platform, &kernel->placed, kernel->line);
                kernel_remove(platform, &kernel->placed);
        } else {
                /* No UnloadImage(): the firmware has unloaded an application that returned, and the handle may be gone. */
                status = boot_services(platform)->StartImage(kernel->handle, NULL, NULL);
        }
        return EFI_ERROR(status) ? status : EFI_LOAD_ERROR;
}
