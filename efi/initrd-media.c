/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initrd as the kernel reads it; see initrd-media.h. */
#include "efi/initrd-media.h"

#define PART_ALIGNMENT 4 /* of a cpio archive behind another */
#define LOAD_FILE2_GUID                                                \
        {                                                              \
                0x4006c0c1, 0xfcb3, 0x403e,                            \
                {                                                      \
                        0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d \
                }                                                      \
        }

struct initrd_path {
        VENDOR_DEVICE_PATH vendor;
        EFI_DEVICE_PATH end;
} __attribute__((packed));

static_assert(sizeof(struct initrd_path) == 24, "UEFI 2.10 sections 10.3.5.3 and 10.3.1");

static const struct initrd_path initrd_path = {
        .vendor = { .Header = { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(VENDOR_DEVICE_PATH), 0 } },
                    .Guid = { 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } } },
        .end = { END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(EFI_DEVICE_PATH), 0 } },
};

static size_t padding_of(size_t size)
{
        return (PART_ALIGNMENT - size % PART_ALIGNMENT) % PART_ALIGNMENT;
}

void initrd_media_add(struct initrd_media *media, struct bytes part)
{
        if (part.size > 0 && media->count < INITRD_PARTS_MAX)
                media->parts[media->count++] = part;
}

static EFI_STATUS EFIAPI load_file(EFI_LOAD_FILE_PROTOCOL *self, EFI_DEVICE_PATH *path, BOOLEAN boot_policy, UINTN *size,
                                   void *buffer)
{
        const struct initrd_media *media = (const struct initrd_media *)self;
        uint8_t *to = buffer;
        size_t total = 0;

        if (self == NULL || path == NULL || size == NULL)
                return EFI_INVALID_PARAMETER;
        if (boot_policy)
                return EFI_UNSUPPORTED; /* as LoadFile2 demands */
        for (size_t i = 0; i < media->count; i++)
                total += media->parts[i].size + padding_of(media->parts[i].size);
        if (buffer == NULL || *size < total) {
                *size = total;
                return EFI_BUFFER_TOO_SMALL;
        }
        for (size_t i = 0; i < media->count; i++) {
                const struct bytes *part = &media->parts[i];

                memcpy(to, part->data, part->size);
                memset(to + part->size, 0, padding_of(part->size));
                to += part->size + padding_of(part->size);
        }
        *size = total;
        return EFI_SUCCESS;
}

static bool is_served_already(const struct platform *platform)
{
        EFI_GUID load_file2 = LOAD_FILE2_GUID;
        EFI_DEVICE_PATH *path = (EFI_DEVICE_PATH *)&initrd_path; /* not written to */
        EFI_HANDLE handle = NULL;

        return !EFI_ERROR(boot_services(platform)->LocateDevicePath(&load_file2, &path, &handle));
}

EFI_STATUS initrd_media_install(const struct platform *platform, struct initrd_media *media)
{
        EFI_GUID load_file2 = LOAD_FILE2_GUID, device_path = DEVICE_PATH_PROTOCOL;
        EFI_HANDLE handle = NULL;
        EFI_STATUS status;

        if (is_served_already(platform))
                return EFI_ALREADY_STARTED;
        media->protocol.LoadFile = load_file;
        status = boot_services(platform)->InstallProtocolInterface(&handle, &device_path, EFI_NATIVE_INTERFACE,
                                                                   (void *)&initrd_path);
        if (EFI_ERROR(status))
                return status;
        status = boot_services(platform)->InstallProtocolInterface(&handle, &load_file2, EFI_NATIVE_INTERFACE, &media->protocol);
        if (EFI_ERROR(status)) {
                (void)boot_services(platform)->UninstallProtocolInterface(handle, &device_path, (void *)&initrd_path);
                return status;
        }
        media->handle = handle;
        return EFI_SUCCESS;
}

void initrd_media_uninstall(const struct platform *platform, struct initrd_media *media)
{
        EFI_GUID load_file2 = LOAD_FILE2_GUID, device_path = DEVICE_PATH_PROTOCOL;

        if (media->handle == NULL)
                return;
        (void)boot_services(platform)->UninstallProtocolInterface(media->handle, &load_file2, &media->protocol);
        (void)boot_services(platform)->UninstallProtocolInterface(media->handle, &device_path, (void *)&initrd_path);
        media->handle = NULL;
}
