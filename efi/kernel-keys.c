/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates for the kernel; see kernel-keys.h. */
#include "efi/kernel-keys.h"
#include "common/format/mok-table.h"

EFI_STATUS kernel_keys_install(const struct platform *platform, struct bytes certificate, struct kernel_keys *ret)
{
        size_t size = mok_table_size(certificate.size);
        EFI_GUID guid = platform_guid(&guid_mok_table);
        struct writer writer;
        void *table = NULL;
        EFI_STATUS status;

        if (certificate.size > MOK_CERTIFICATE_MAX)
                return EFI_BAD_BUFFER_SIZE;
        if (platform_table(platform, &guid_mok_table) != NULL)
                return EFI_ALREADY_STARTED;
        /* of a kind that the kernel keeps, or it would have made something else of it before it looks */
        status = boot_services(platform)->AllocatePool(EfiRuntimeServicesData, size, &table);
        if (EFI_ERROR(status))
                return status;
        writer = writer_over(table, size);
        mok_table_write(&writer, certificate);
        status = writer.overflow ? EFI_BUFFER_TOO_SMALL : boot_services(platform)->InstallConfigurationTable(&guid, table);
        if (EFI_ERROR(status)) {
                platform_free(platform, table);
                return status;
        }
        ret->table = table;
        return EFI_SUCCESS;
}

void kernel_keys_uninstall(const struct platform *platform, struct kernel_keys *keys)
{
        EFI_GUID guid = platform_guid(&guid_mok_table);

        if (keys->table == NULL)
                return;
        (void)boot_services(platform)->InstallConfigurationTable(&guid, NULL);
        platform_free(platform, keys->table);
        keys->table = NULL;
}
