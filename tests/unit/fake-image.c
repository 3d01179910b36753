/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images of the firmware made of memory: the unified kernel image that the stub is in, LoadImage with the checks of Secure Boot,
 * and a StartImage that behaves like a Linux kernel. */
#include "fake-internal.h"

#include "common/base/utf16.h"
#include <stdlib.h>
#include <string.h>

#define SECTIONS_MAX 16
#define SECURITY2_GUID                                                 \
        {                                                              \
                0x94ab2f58, 0x1438, 0x4ef1,                            \
                {                                                      \
                        0x91, 0x52, 0x18, 0x94, 0x1a, 0x3a, 0x0e, 0x68 \
                }                                                      \
        }
#define SECURITY_GUID                                                  \
        {                                                              \
                0xa46423e3, 0x4617, 0x49f1,                            \
                {                                                      \
                        0xb9, 0xff, 0xd1, 0xbf, 0xa9, 0x11, 0x58, 0x39 \
                }                                                      \
        }

/* The security architectural protocols of a firmware that knows no signature. As in edk2, LoadImage asks the newer one, then the
 * older one. */
static EFI_STATUS EFIAPI refuse_state(const struct fake_security *self, UINT32 authentication_status, const EFI_DEVICE_PATH *file)
{
        return EFI_SECURITY_VIOLATION;
}

static EFI_STATUS EFIAPI refuse_image(const struct fake_security2 *self, const EFI_DEVICE_PATH *file, void *buffer, UINTN size,
                                      BOOLEAN boot_policy)
{
        return EFI_SECURITY_VIOLATION;
}

static EFI_STATUS verdict_on(const EFI_DEVICE_PATH *path, void *source, UINTN size)
{
        const struct fake_security2 *security2 = &fake_current->security2;
        const struct fake_security *security = &fake_current->security;
        EFI_STATUS status = EFI_SUCCESS;

        if (security2->authenticate != NULL)
                status = security2->authenticate(security2, path, source, size, FALSE);
        if (!EFI_ERROR(status) && security->authenticate_state != NULL)
                status = security->authenticate_state(security, 0, path);
        return status;
}

EFI_STATUS EFIAPI fake_load_image(BOOLEAN boot_policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, void *source, UINTN size,
                                  EFI_HANDLE *ret)
{
        EFI_STATUS verdict;
        struct fake_handle *handle;

        if (source == NULL)
                return fake_load_file_image(path, ret);
        verdict = verdict_on(path, source, size);
        fake_record(FAKE_LOAD_IMAGE, "");
        if (EFI_ERROR(fake_current->faults.load_image))
                return fake_current->faults.load_image;
        if (EFI_ERROR(verdict) && verdict != EFI_SECURITY_VIOLATION)
                return verdict;
        handle = fake_new_handle();
        fake_add_protocol(handle, (EFI_GUID)LOADED_IMAGE_PROTOCOL, &fake_current->kernel_image);
        fake_current->kernel.image = source;
        fake_current->kernel.image_size = size;
        fake_current->kernel.path = path;
        *ret = handle;
        return verdict;
}

/* What Linux does in efi_load_initrd_dev_path(): ask for the size, then for the bytes. */
static EFI_STATUS read_initrd(struct fake_kernel *kernel)
{
        EFI_GUID load_file2 = LOAD_FILE2_GUID;
        EFI_DEVICE_PATH *path = (EFI_DEVICE_PATH *)fake_initrd_path;
        EFI_LOAD_FILE_PROTOCOL *protocol;
        EFI_HANDLE handle;
        UINTN size = 0;

        if (fake_locate_device_path(&load_file2, &path, &handle) != EFI_SUCCESS)
                return EFI_NOT_FOUND;
        protocol = fake_find_protocol(handle, &load_file2);
        if (protocol->LoadFile(protocol, path, FALSE, &size, NULL) != EFI_BUFFER_TOO_SMALL)
                return EFI_LOAD_ERROR;
        kernel->initrd = malloc(size);
        fake_must(kernel->initrd != NULL, "no memory");
        kernel->initrd_size = size;
        return protocol->LoadFile(protocol, path, FALSE, &size, kernel->initrd);
}

EFI_STATUS EFIAPI fake_start_image(EFI_HANDLE handle, UINTN *exit_data_size, CHAR16 **exit_data)
{
        const EFI_LOADED_IMAGE *image = &fake_current->kernel_image;

        fake_record(FAKE_START_IMAGE, "");
        if (EFI_ERROR(fake_current->faults.start_image))
                return fake_current->faults.start_image;
        fake_must(image->LoadOptions != NULL && load_le16((uint8_t *)image->LoadOptions + image->LoadOptionsSize - 2) == 0,
                  "load options without a NUL");
        fake_narrow(image->LoadOptions, fake_current->kernel.command_line, sizeof(fake_current->kernel.command_line));
        fake_must((strlen(fake_current->kernel.command_line) + 1) * 2 == image->LoadOptionsSize,
                  "load options of the wrong size");
        fake_current->kernel.initrd_status = read_initrd(&fake_current->kernel);
        fake_current->kernel.started = true;
        longjmp(fake_taken_over, 1);
}

EFI_STATUS EFIAPI fake_unload_image(EFI_HANDLE handle)
{
        EFI_GUID loaded = LOADED_IMAGE_PROTOCOL;

        if (fake_find_protocol(handle, &loaded) == &fake_current->addon)
                fake_unload_file_image();
        *(struct fake_handle *)handle = (struct fake_handle){ 0 };
        return EFI_SUCCESS;
}

void fake_add_section(struct fake_firmware *firmware, const char *name, const void *data, size_t size)
{
        size_t address = firmware->image_size;
        uint8_t *header = firmware->image + SECTION_TABLE + 40 * firmware->section_count++;

        fake_must(firmware->section_count <= SECTIONS_MAX && address + size + PAGE < IMAGE_CAPACITY, "the image is full");
        memcpy(header, name, strlen(name));
        store_le32(header + 8, (uint32_t)size);
        store_le32(header + 12, (uint32_t)address);
        memcpy(firmware->image + address, data, size);
        store_le16(firmware->image + PE_OFFSET + 6, (uint16_t)firmware->section_count);
        firmware->image_size = (address + size + PAGE - 1) / PAGE * PAGE;
        firmware->self.ImageSize = firmware->image_size;
}

void fake_set_load_options(struct fake_firmware *firmware, const char *text)
{
        static CHAR16 wide[256];
        struct writer writer = writer_over(wide, sizeof(wide));

        utf16_from_utf8(text, strlen(text), &writer);
        firmware->self.LoadOptions = wide;
        firmware->self.LoadOptionsSize = (UINT32)writer.size;
}

void fake_enable_secure_boot(struct fake_firmware *firmware)
{
        fake_set_variable(firmware, &guid_efi_global, "SecureBoot", "\1", 1);
        fake_set_variable(firmware, &guid_efi_global, "SetupMode", "\0", 1);
        firmware->security.authenticate_state = refuse_state;
        firmware->security2.authenticate = refuse_image;
        fake_add_protocol(fake_new_handle(), (EFI_GUID)SECURITY_GUID, &firmware->security);
        fake_add_protocol(fake_new_handle(), (EFI_GUID)SECURITY2_GUID, &firmware->security2);
}
