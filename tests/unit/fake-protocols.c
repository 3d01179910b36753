/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handles, protocols, device paths and configuration tables of the firmware made of memory. */
#include "fake-internal.h"

#include "efi/tcg2.h"
#include <string.h>

/* What the kernel asks LocateDevicePath for: vendor media 5568e427-68fc-4f3d-ac74-ca555231cc68, end of path. */
const uint8_t fake_initrd_path[FAKE_INITRD_PATH_SIZE] = { 4,    3,    20,   0,    0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f,
                                                          0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68, 0x7f, 0xff, 4,    0 };

void *fake_find_protocol(const struct fake_handle *handle, const EFI_GUID *guid)
{
        for (size_t i = 0; handle->used && i < FAKE_PROTOCOLS_MAX; i++)
                if (handle->protocols[i].interface != NULL && memcmp(&handle->protocols[i].guid, guid, sizeof(*guid)) == 0)
                        return handle->protocols[i].interface;
        return NULL;
}

struct fake_handle *fake_new_handle(void)
{
        for (size_t i = 0; i < FAKE_HANDLES_MAX; i++)
                if (!fake_current->handles[i].used) {
                        fake_current->handles[i].used = true;
                        return &fake_current->handles[i];
                }
        fake_must(false, "too many handles");
        return NULL;
}

void fake_add_protocol(struct fake_handle *handle, EFI_GUID guid, void *interface)
{
        for (size_t i = 0; i < FAKE_PROTOCOLS_MAX; i++)
                if (handle->protocols[i].interface == NULL) {
                        handle->protocols[i].guid = guid;
                        handle->protocols[i].interface = interface;
                        return;
                }
        fake_must(false, "too many protocols on a handle");
}

EFI_STATUS EFIAPI fake_handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret)
{
        *ret = fake_find_protocol(handle, guid);
        return *ret != NULL ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

EFI_STATUS EFIAPI fake_locate_protocol(EFI_GUID *guid, void *registration, void **ret)
{
        static const EFI_GUID tcg2_guid = EFI_TCG2_PROTOCOL_GUID, rng_guid = EFI_RNG_PROTOCOL_GUID;

        if (!fake_current->faults.no_tcg2 && memcmp(guid, &tcg2_guid, sizeof(*guid)) == 0) {
                *ret = &fake_tcg2;
                return EFI_SUCCESS;
        }
        if (!fake_current->faults.no_rng && memcmp(guid, &rng_guid, sizeof(*guid)) == 0) {
                *ret = &fake_rng;
                return EFI_SUCCESS;
        }
        for (size_t i = 0; i < FAKE_HANDLES_MAX; i++) {
                *ret = fake_find_protocol(&fake_current->handles[i], guid);
                if (*ret != NULL)
                        return EFI_SUCCESS;
        }
        return EFI_NOT_FOUND;
}

EFI_STATUS EFIAPI fake_locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid, void *key, UINTN *ret_count,
                                            EFI_HANDLE **ret)
{
        void *list = NULL;
        UINTN count = 0;

        fake_must(type == ByProtocol, "handles by anything but a protocol");
        fake_must(!EFI_ERROR(fake_current->boot.AllocatePool(EfiBootServicesData, FAKE_HANDLES_MAX * sizeof(**ret), &list)),
                  "no memory");
        for (size_t i = 0; i < FAKE_HANDLES_MAX; i++)
                if (fake_find_protocol(&fake_current->handles[i], guid) != NULL)
                        ((EFI_HANDLE *)list)[count++] = &fake_current->handles[i];
        if (count == 0) {
                (void)fake_current->boot.FreePool(list);
                return EFI_NOT_FOUND;
        }
        *ret_count = count;
        *ret = list;
        return EFI_SUCCESS;
}

EFI_STATUS EFIAPI fake_install(EFI_HANDLE *handle, EFI_GUID *guid, EFI_INTERFACE_TYPE type, void *interface)
{
        static const EFI_GUID load_file2 = LOAD_FILE2_GUID;

        fake_record(FAKE_INSTALL, "");
        if (EFI_ERROR(fake_current->faults.install) && memcmp(guid, &load_file2, sizeof(*guid)) == 0)
                return fake_current->faults.install;
        if (*handle == NULL)
                *handle = fake_new_handle();
        fake_add_protocol(*handle, *guid, interface);
        return EFI_SUCCESS;
}

EFI_STATUS EFIAPI fake_uninstall(EFI_HANDLE handle, EFI_GUID *guid, void *interface)
{
        struct fake_handle *from = handle;
        bool empty = true;

        fake_record(FAKE_UNINSTALL, "");
        for (size_t i = 0; i < FAKE_PROTOCOLS_MAX; i++) {
                if (from->protocols[i].interface == interface && memcmp(&from->protocols[i].guid, guid, sizeof(*guid)) == 0)
                        from->protocols[i].interface = NULL;
                empty = empty && from->protocols[i].interface == NULL;
        }
        from->used = !empty;
        return EFI_SUCCESS;
}

/* ACPI root, then the GPT partition: nodes as UEFI 2.10 sections 10.3.3 and 10.3.5.1 have them; and the disk by itself. */
#define DISK_NODES 12
static uint8_t partition_path[DISK_NODES + 42 + 4] = {
        2, 1, DISK_NODES, 0, [DISK_NODES] = 4, 1, 42, 0, [DISK_NODES + 40] = 2, 2, 0x7f, 0xff, 4, 0
};
static uint8_t disk_path[DISK_NODES + 4] = { 2, 1, DISK_NODES, 0, [DISK_NODES] = 0x7f, 0xff, 4, 0 };

static EFI_STATUS locate_disk(EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
        EFI_GUID block_io = BLOCK_IO_PROTOCOL;

        for (size_t i = 0; i < FAKE_HANDLES_MAX; i++) {
                if (fake_find_protocol(&fake_current->handles[i], &block_io) == NULL || memcmp(*path, disk_path, DISK_NODES) != 0)
                        continue;
                *path = (EFI_DEVICE_PATH *)((uint8_t *)*path + DISK_NODES);
                *ret = &fake_current->handles[i];
                return EFI_SUCCESS;
        }
        return EFI_NOT_FOUND;
}

/* Whole paths only, which is all that the kernel's lookup and ours need. */
EFI_STATUS EFIAPI fake_locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
        EFI_GUID device_path = DEVICE_PATH_PROTOCOL, block_io = BLOCK_IO_PROTOCOL;

        if (memcmp(guid, &block_io, sizeof(block_io)) == 0)
                return locate_disk(path, ret);
        fake_must(memcmp(*path, fake_initrd_path, sizeof(fake_initrd_path)) == 0, "a device path nobody should look for");
        for (size_t i = 0; i < FAKE_HANDLES_MAX; i++) {
                const void *its_path = fake_find_protocol(&fake_current->handles[i], &device_path);

                if (fake_find_protocol(&fake_current->handles[i], guid) == NULL || its_path == NULL ||
                    memcmp(its_path, fake_initrd_path, sizeof(fake_initrd_path)) != 0)
                        continue;
                *ret = &fake_current->handles[i];
                return EFI_SUCCESS;
        }
        return EFI_NOT_FOUND;
}

EFI_STATUS EFIAPI fake_install_table(EFI_GUID *guid, void *table)
{
        UINTN *count = &fake_current->system.NumberOfTableEntries, at = 0;

        if (EFI_ERROR(fake_current->faults.install_table))
                return fake_current->faults.install_table;
        while (at < *count && memcmp(&fake_current->tables[at].VendorGuid, guid, sizeof(*guid)) != 0)
                at++;
        if (table == NULL && at == *count)
                return EFI_NOT_FOUND;
        fake_must(at < FAKE_TABLES_MAX, "too many configuration tables");
        if (table == NULL) {
                fake_current->tables[at] = fake_current->tables[--*count];
                return EFI_SUCCESS;
        }
        fake_current->tables[at] = (EFI_CONFIGURATION_TABLE){ *guid, table };
        *count += at == *count;
        return EFI_SUCCESS;
}

const void *fake_find_table(const struct fake_firmware *firmware, const struct guid *guid)
{
        for (UINTN i = 0; i < firmware->system.NumberOfTableEntries; i++)
                if (memcmp(&firmware->tables[i].VendorGuid, guid, sizeof(*guid)) == 0)
                        return firmware->tables[i].VendorTable;
        return NULL;
}

void fake_serve_foreign_initrd(struct fake_firmware *firmware)
{
        struct fake_handle *handle = fake_new_handle();

        fake_add_protocol(handle, (EFI_GUID)DEVICE_PATH_PROTOCOL, (void *)fake_initrd_path);
        fake_add_protocol(handle, (EFI_GUID)LOAD_FILE2_GUID, &firmware->boot);
}

bool fake_serves_initrd(const struct fake_firmware *firmware)
{
        EFI_GUID load_file2 = LOAD_FILE2_GUID;
        EFI_DEVICE_PATH *path = (EFI_DEVICE_PATH *)fake_initrd_path;
        EFI_HANDLE handle;

        return fake_locate_device_path(&load_file2, &path, &handle) == EFI_SUCCESS;
}

void fake_describe_source(struct fake_firmware *firmware)
{
        static uint8_t file_path[] = { 4,   4, 36,   0, '\\', 0, 'E', 0, 'F', 0, 'I', 0, '\\', 0, 'B', 0, 'O',  0,    'O', 0,
                                       'T', 0, '\\', 0, 'A',  0, '.', 0, 'E', 0, 'F', 0, 'I',  0, 0,   0, 0x7f, 0xff, 4,   0 };
        struct fake_handle *device = fake_new_handle(), *disk = fake_new_handle();

        memcpy(partition_path + DISK_NODES + 24, &fake_partition, sizeof(fake_partition));
        fake_add_protocol(device, (EFI_GUID)DEVICE_PATH_PROTOCOL, partition_path);
        fake_add_protocol(disk, (EFI_GUID)DEVICE_PATH_PROTOCOL, disk_path);
        fake_add_protocol(disk, (EFI_GUID)BLOCK_IO_PROTOCOL, &firmware->disk.io);
        fake_attach_volume(firmware, device);
        firmware->self.DeviceHandle = device;
        firmware->self.FilePath = (EFI_DEVICE_PATH *)file_path;
}
