/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image we are running from; see own-image.h. */
#include "efi/own-image.h"
#include "common/format/load-option.h"
#include "efi/device-path.h"

EFI_STATUS own_image_open(const struct platform *platform, struct own_image *ret, enum err *ret_err)
{
        EFI_GUID protocol = LOADED_IMAGE_PROTOCOL;
        struct own_image own = { 0 };
        void *loaded = NULL;
        EFI_STATUS status = boot_services(platform)->HandleProtocol(platform->image, &protocol, &loaded);

        *ret_err = ERR_OK;
        if (EFI_ERROR(status))
                return status;
        own.loaded = loaded;
        own.options = ret->options = load_options_read(own.loaded);
        *ret_err = uki_find_sections(own.loaded->ImageBase, own.loaded->ImageSize, UKI_LOADED, own.options.profile, &own.uki);
        if (*ret_err != ERR_OK)
                return EFI_LOAD_ERROR;
        (void)device_path_partition(platform, own.loaded->DeviceHandle, &own.partition); /* zero = unknown */
        *ret = own;
        return EFI_SUCCESS;
}

void own_image_file(const struct own_image *own, char ret[static HANDOVER_FILE_MAX])
{
        struct writer writer = writer_over(ret, HANDOVER_FILE_MAX - 1);
        bool usable = device_path_file(own->loaded->FilePath, &writer) && !writer.overflow;

        ret[usable ? writer.size : 0] = '\0';
        for (size_t i = 0; ret[i] != '\0'; i++)
                if ((uint8_t)ret[i] < ' ' || ret[i] == 0x7f) {
                        ret[0] = '\0';
                        return;
                }
        firmware_path_tidy(ret);
}
