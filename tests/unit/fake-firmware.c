/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware made of memory; see fake-firmware.h. */
#include "fake-firmware.h"
#include "common/base/utf16.h"
#include "efi/tcg2.h"
#include "linux/base/hash.h"
#include "linux/tpm/tpm.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_CAPACITY  (1024 * 1024)
#define PAGE            4096
#define PE_OFFSET       64
#define SECTION_TABLE   (PE_OFFSET + 24)
#define SECTIONS_MAX    16
#define UKI_PROFILE_TAG 0x13aed6db /* systemd's src/fundamental/tpm2-pcr.h */
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
#define LOAD_FILE2_GUID                                                \
        {                                                              \
                0x4006c0c1, 0xfcb3, 0x403e,                            \
                {                                                      \
                        0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d \
                }                                                      \
        }

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

struct fake_block {
        struct fake_block *next;
        void *memory;
};

/* What the kernel asks LocateDevicePath for: vendor media 5568e427-68fc-4f3d-ac74-ca555231cc68, end of path. */
static const uint8_t initrd_path[] = { 4,    3,    20,   0,    0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f,
                                       0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68, 0x7f, 0xff, 4,    0 };

const struct guid fake_partition = { { 0x01, 0xef, 0xcd, 0xab, 0x45, 0x23, 0x89, 0x67, 0xab, 0xcd, 1, 2, 3, 4, 5, 6 } };

/* One firmware at a time; EFI's functions take no context. */
static struct fake_firmware *current;
static jmp_buf taken_over;

static void must(bool fine, const char *what)
{
        if (fine)
                return;
        fprintf(stderr, "fake firmware: %s\n", what);
        abort();
}

static void record(enum fake_kind kind, const char *what)
{
        must(current->call_count < FAKE_CALLS_MAX, "too many calls");
        current->calls[current->call_count].kind = kind;
        snprintf(current->calls[current->call_count++].what, sizeof(current->calls[0].what), "%s", what);
}

static void narrow(const CHAR16 *text, char *ret, size_t capacity)
{
        struct writer writer = writer_over(ret, capacity);
        size_t size = 0;

        while (text[size / 2] != 0)
                size += 2;
        must(utf16_to_utf8(text, size, &writer) == ERR_OK, "text that is no UTF-16, or too long");
}

static void *copy_of(const void *data, size_t size)
{
        void *copy = malloc(size + 1);

        must(copy != NULL, "no memory");
        memcpy(copy, data, size);
        return copy;
}

/* memory */

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **ret)
{
        struct fake_block *block = malloc(sizeof(*block));

        must(block != NULL, "no memory");
        *block = (struct fake_block){ current->pool, malloc(size) }; /* not zeroed, as in life */
        must(block->memory != NULL, "no memory");
        current->pool = block;
        current->pool_blocks++;
        *ret = block->memory;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pool(void *memory)
{
        for (struct fake_block **at = &current->pool; *at != NULL; at = &(*at)->next) {
                struct fake_block *block = *at;

                if (block->memory != memory)
                        continue;
                *at = block->next;
                free(block->memory);
                free(block);
                current->pool_blocks--;
                return EFI_SUCCESS;
        }
        must(false, "FreePool of what was not allocated");
        return EFI_INVALID_PARAMETER;
}

static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
        fake_console_stall(&current->screen, microseconds);
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_watchdog_timer(UINTN seconds, UINT64 code, UINTN data_size, CHAR16 *data)
{
        must(code >= 0x10000, "a watchdog code of the firmware's own");
        current->watchdog_seconds = seconds;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size, CHAR16 *data)
{
        record(FAKE_RESET, type == EfiResetShutdown ? "shutdown" : "restart");
        if (current->faults.power_stays)
                return EFI_DEVICE_ERROR;
        current->was_reset = true;
        current->reset_type = type;
        longjmp(taken_over, 2);
}

/* variables */

static struct fake_variable *find_variable(const struct guid *vendor, const char *name)
{
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                if (strcmp(current->variables[i].name, name) == 0 && guid_equal(&current->variables[i].vendor, vendor))
                        return &current->variables[i];
        return NULL;
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *wide_name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size, void *value)
{
        const struct fake_variable *variable;
        char name[64];

        narrow(wide_name, name, sizeof(name));
        if (EFI_ERROR(current->faults.get_variable) && strcmp(name, current->faults.get_variable_name) == 0)
                return current->faults.get_variable;
        variable = find_variable((const struct guid *)vendor, name);
        if (variable == NULL)
                return EFI_NOT_FOUND;
        if (*size < variable->size) {
                *size = variable->size;
                return EFI_BUFFER_TOO_SMALL;
        }
        *size = variable->size;
        memcpy(value, variable->value, variable->size);
        if (attributes != NULL)
                *attributes = variable->attributes;
        return EFI_SUCCESS;
}

static size_t bytes_in_use(void)
{
        size_t sum = 0;

        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                sum += current->variables[i].size;
        return sum;
}

static EFI_STATUS store(const struct guid *vendor, const char *name, UINT32 attributes, const void *value, size_t size)
{
        struct fake_variable *variable = find_variable(vendor, name);

        if (variable != NULL && variable->attributes != attributes)
                return EFI_INVALID_PARAMETER;
        if (current->faults.variable_quota > 0 && bytes_in_use() + size > current->faults.variable_quota)
                return EFI_OUT_OF_RESOURCES;
        for (size_t i = 0; variable == NULL && i < FAKE_VARIABLES_MAX; i++)
                if (current->variables[i].name[0] == '\0')
                        variable = &current->variables[i];
        must(variable != NULL, "too many variables");
        free(variable->value);
        *variable = (struct fake_variable){
                .vendor = *vendor, .attributes = attributes, .value = copy_of(value, size), .size = size
        };
        snprintf(variable->name, sizeof(variable->name), "%s", name);
        return EFI_SUCCESS;
}

/* As edk2: the attributes must be the variable's even now. */
static EFI_STATUS remove_variable(const struct guid *vendor, const char *name, UINT32 attributes)
{
        struct fake_variable *variable = find_variable(vendor, name);

        if (variable == NULL)
                return EFI_NOT_FOUND;
        if (variable->attributes != attributes)
                return EFI_INVALID_PARAMETER;
        free(variable->value);
        *variable = (struct fake_variable){ 0 };
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_variable(CHAR16 *wide_name, EFI_GUID *vendor, UINT32 attributes, UINTN size, void *value)
{
        char name[64];

        narrow(wide_name, name, sizeof(name));
        record(FAKE_SET_VARIABLE, name);
        if (EFI_ERROR(current->faults.set_variable) && strcmp(name, current->faults.set_variable_name) == 0)
                return current->faults.set_variable;
        if (size == 0)
                return remove_variable((const struct guid *)vendor, name, attributes);
        return store((const struct guid *)vendor, name, attributes, value, size);
}

void fake_set_variable(struct fake_firmware *firmware, const struct guid *vendor, const char *name, const void *value,
                       size_t size)
{
        must(store(vendor, name, 7, value, size) == EFI_SUCCESS, "cannot set a variable");
}

static void set_text(const char *name, UINT32 attributes, const char *text)
{
        uint8_t value[512];
        struct writer writer = writer_over(value, sizeof(value));

        utf16_from_utf8(text, strlen(text), &writer);
        must(!writer.overflow, "a text that is too long");
        must(store(&guid_loader_interface, name, attributes, value, writer.size) == EFI_SUCCESS, "cannot set a variable");
}

void fake_set_loader_text(struct fake_firmware *firmware, const char *name, const char *text)
{
        set_text(name, 7, text);
}

void fake_set_boot_loader_text(struct fake_firmware *firmware, const char *name, const char *text)
{
        set_text(name, EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS, text);
}

const struct fake_variable *fake_find_variable(const struct fake_firmware *firmware, const struct guid *vendor, const char *name)
{
        return find_variable(vendor, name);
}

const char *fake_exported_text(const struct fake_firmware *firmware, const char *name)
{
        static char text[512];
        const struct fake_variable *variable = find_variable(&guid_loader_interface, name);
        struct writer writer = writer_over(text, sizeof(text));

        if (variable == NULL || variable->attributes != (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS) ||
            variable->size < 2 || load_le16(variable->value + variable->size - 2) != 0)
                return NULL;
        return utf16_to_utf8(variable->value, variable->size, &writer) == ERR_OK ? text : NULL;
}

/* console */

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *self, CHAR16 *wide)
{
        char text[512];

        fake_console_write(&current->screen, wide);
        narrow(wide, text, sizeof(text));
        record(FAKE_PRINT, text);
        must(strlen(current->console) + strlen(text) < FAKE_CONSOLE_MAX, "console is full");
        strcat(current->console, text);
        return EFI_SUCCESS;
}

/* TPM */

static EFI_STATUS EFIAPI get_capability(struct tcg2_protocol *self, struct tcg2_capability *capability)
{
        if (EFI_ERROR(current->faults.capability))
                return current->faults.capability;
        must(capability->size == sizeof(*capability), "GetCapability without a size");
        capability->tpm_present = !current->faults.no_tpm;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI hash_log_extend_event(struct tcg2_protocol *self, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 size,
                                               struct tcg2_event *event)
{
        struct fake_event *entry = &current->events[current->event_count];
        const void *bytes = (const void *)(uintptr_t)data;
        size_t tag = event->type == TCG2_EV_EVENT_TAG ? 8 : 0, description_size = event->size - 18 - tag;
        CHAR16 wide[128];
        char description[128];

        must(!current->faults.no_tpm, "a measurement without a TPM");
        must(event->header_size == 14 && event->header_version == 1 && event->pcr < FAKE_PCRS, "a malformed event");
        must(load_le16((uint8_t *)event + event->size - 2) == 0, "a description without its NUL");
        must(tag == 0 ||
                     (load_le32(event->description) == UKI_PROFILE_TAG && load_le32(event->description + 4) == description_size),
             "a tag that is unknown or does not fit its description");
        must(description_size <= sizeof(wide), "a description that is too long");
        memcpy(wide, event->description + tag, description_size);
        narrow(wide, description, sizeof(description));
        record(FAKE_MEASURE, description);
        if (EFI_ERROR(current->faults.measure) && current->faults.measure != EFI_VOLUME_FULL &&
            (current->faults.measure_what == NULL || strcmp(current->faults.measure_what, description) == 0))
                return current->faults.measure;
        must(current->event_count < FAKE_EVENTS_MAX, "too many events");
        *entry = (struct fake_event){ .pcr = event->pcr, .type = event->type, .data = copy_of(bytes, size), .size = size };
        snprintf(entry->description, sizeof(entry->description), "%s", description);
        current->event_count++;
        pcr_extend(sha256_chunks, current->pcrs[event->pcr], bytes, size);
        return current->faults.measure == EFI_VOLUME_FULL ? EFI_VOLUME_FULL : EFI_SUCCESS;
}

/* TPM2_GetRandom, the one command that the stub sends by itself. */
static EFI_STATUS EFIAPI submit_command(struct tcg2_protocol *self, UINT32 input_size, UINT8 *input, UINT32 output_size,
                                        UINT8 *output)
{
        static const UINT8 command[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 32 };
        static const UINT8 header[] = { 0x80, 0x01, 0, 0, 0, 44, 0, 0, 0, 0, 0, 32 };

        must(input_size == sizeof(command) && memcmp(input, command, sizeof(command)) == 0, "an unknown TPM command");
        must(output_size == sizeof(header) + 32, "room for something else than the answer");
        memset(output, 0, output_size);
        memcpy(output, header, sizeof(header));
        if (current->faults.no_tpm_random)
                output[9] = 0x01; /* TPM_RC_... */
        else
                memset(output + sizeof(header), 0x77, 32);
        return EFI_SUCCESS;
}

static struct tcg2_protocol tcg2 = { .get_capability = get_capability,
                                     .hash_log_extend_event = hash_log_extend_event,
                                     .submit_command = submit_command };

static EFI_STATUS EFIAPI get_rng(EFI_RNG_PROTOCOL *self, EFI_RNG_ALGORITHM *algorithm, UINTN size, UINT8 *value)
{
        memset(value, 0x33, size);
        return EFI_SUCCESS;
}

static EFI_RNG_PROTOCOL rng = { .GetRNG = get_rng };

/* handles and protocols */

static void *find_protocol(const struct fake_handle *handle, const EFI_GUID *guid)
{
        for (size_t i = 0; handle->used && i < FAKE_PROTOCOLS_MAX; i++)
                if (handle->protocols[i].interface != NULL && memcmp(&handle->protocols[i].guid, guid, sizeof(*guid)) == 0)
                        return handle->protocols[i].interface;
        return NULL;
}

static struct fake_handle *new_handle(void)
{
        for (size_t i = 0; i < FAKE_HANDLES_MAX; i++)
                if (!current->handles[i].used) {
                        current->handles[i].used = true;
                        return &current->handles[i];
                }
        must(false, "too many handles");
        return NULL;
}

static void add_protocol(struct fake_handle *handle, EFI_GUID guid, void *interface)
{
        for (size_t i = 0; i < FAKE_PROTOCOLS_MAX; i++)
                if (handle->protocols[i].interface == NULL) {
                        handle->protocols[i].guid = guid;
                        handle->protocols[i].interface = interface;
                        return;
                }
        must(false, "too many protocols on a handle");
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret)
{
        *ret = find_protocol(handle, guid);
        return *ret != NULL ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *registration, void **ret)
{
        static const EFI_GUID tcg2_guid = EFI_TCG2_PROTOCOL_GUID, rng_guid = EFI_RNG_PROTOCOL_GUID;

        if (!current->faults.no_tcg2 && memcmp(guid, &tcg2_guid, sizeof(*guid)) == 0) {
                *ret = &tcg2;
                return EFI_SUCCESS;
        }
        if (!current->faults.no_rng && memcmp(guid, &rng_guid, sizeof(*guid)) == 0) {
                *ret = &rng;
                return EFI_SUCCESS;
        }
        for (size_t i = 0; i < FAKE_HANDLES_MAX; i++) {
                *ret = find_protocol(&current->handles[i], guid);
                if (*ret != NULL)
                        return EFI_SUCCESS;
        }
        return EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI install(EFI_HANDLE *handle, EFI_GUID *guid, EFI_INTERFACE_TYPE type, void *interface)
{
        static const EFI_GUID load_file2 = LOAD_FILE2_GUID;

        record(FAKE_INSTALL, "");
        if (EFI_ERROR(current->faults.install) && memcmp(guid, &load_file2, sizeof(*guid)) == 0)
                return current->faults.install;
        if (*handle == NULL)
                *handle = new_handle();
        add_protocol(*handle, *guid, interface);
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI uninstall(EFI_HANDLE handle, EFI_GUID *guid, void *interface)
{
        struct fake_handle *from = handle;
        bool empty = true;

        record(FAKE_UNINSTALL, "");
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
                if (find_protocol(&current->handles[i], &block_io) == NULL || memcmp(*path, disk_path, DISK_NODES) != 0)
                        continue;
                *path = (EFI_DEVICE_PATH *)((uint8_t *)*path + DISK_NODES);
                *ret = &current->handles[i];
                return EFI_SUCCESS;
        }
        return EFI_NOT_FOUND;
}

/* Whole paths only, which is all that the kernel's lookup and ours need. */
static EFI_STATUS EFIAPI locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret)
{
        EFI_GUID device_path = DEVICE_PATH_PROTOCOL, block_io = BLOCK_IO_PROTOCOL;

        if (memcmp(guid, &block_io, sizeof(block_io)) == 0)
                return locate_disk(path, ret);
        must(memcmp(*path, initrd_path, sizeof(initrd_path)) == 0, "a device path nobody should look for");
        for (size_t i = 0; i < FAKE_HANDLES_MAX; i++) {
                const void *its_path = find_protocol(&current->handles[i], &device_path);

                if (find_protocol(&current->handles[i], guid) == NULL || its_path == NULL ||
                    memcmp(its_path, initrd_path, sizeof(initrd_path)) != 0)
                        continue;
                *ret = &current->handles[i];
                return EFI_SUCCESS;
        }
        return EFI_NOT_FOUND;
}

/* images */

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
        const struct fake_security2 *security2 = &current->security2;
        const struct fake_security *security = &current->security;
        EFI_STATUS status = EFI_SUCCESS;

        if (security2->authenticate != NULL)
                status = security2->authenticate(security2, path, source, size, FALSE);
        if (!EFI_ERROR(status) && security->authenticate_state != NULL)
                status = security->authenticate_state(security, 0, path);
        return status;
}

static EFI_STATUS EFIAPI load_image(BOOLEAN boot_policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, void *source, UINTN size,
                                    EFI_HANDLE *ret)
{
        EFI_STATUS verdict = verdict_on(path, source, size);
        struct fake_handle *handle;

        record(FAKE_LOAD_IMAGE, "");
        if (EFI_ERROR(current->faults.load_image))
                return current->faults.load_image;
        if (EFI_ERROR(verdict) && verdict != EFI_SECURITY_VIOLATION)
                return verdict;
        handle = new_handle();
        add_protocol(handle, (EFI_GUID)LOADED_IMAGE_PROTOCOL, &current->kernel_image);
        current->kernel.image = source;
        current->kernel.image_size = size;
        current->kernel.path = path;
        *ret = handle;
        return verdict;
}

/* What Linux does in efi_load_initrd_dev_path(): ask for the size, then for the bytes. */
static EFI_STATUS read_initrd(struct fake_kernel *kernel)
{
        EFI_GUID load_file2 = LOAD_FILE2_GUID;
        EFI_DEVICE_PATH *path = (EFI_DEVICE_PATH *)initrd_path;
        EFI_LOAD_FILE_PROTOCOL *protocol;
        EFI_HANDLE handle;
        UINTN size = 0;

        if (locate_device_path(&load_file2, &path, &handle) != EFI_SUCCESS)
                return EFI_NOT_FOUND;
        protocol = find_protocol(handle, &load_file2);
        if (protocol->LoadFile(protocol, path, FALSE, &size, NULL) != EFI_BUFFER_TOO_SMALL)
                return EFI_LOAD_ERROR;
        kernel->initrd = malloc(size);
        must(kernel->initrd != NULL, "no memory");
        kernel->initrd_size = size;
        return protocol->LoadFile(protocol, path, FALSE, &size, kernel->initrd);
}

static EFI_STATUS EFIAPI start_image(EFI_HANDLE handle, UINTN *exit_data_size, CHAR16 **exit_data)
{
        const EFI_LOADED_IMAGE *image = &current->kernel_image;

        record(FAKE_START_IMAGE, "");
        if (EFI_ERROR(current->faults.start_image))
                return current->faults.start_image;
        must(image->LoadOptions != NULL && load_le16((uint8_t *)image->LoadOptions + image->LoadOptionsSize - 2) == 0,
             "load options without a NUL");
        narrow(image->LoadOptions, current->kernel.command_line, sizeof(current->kernel.command_line));
        must((strlen(current->kernel.command_line) + 1) * 2 == image->LoadOptionsSize, "load options of the wrong size");
        current->kernel.initrd_status = read_initrd(&current->kernel);
        current->kernel.started = true;
        longjmp(taken_over, 1);
}

static EFI_STATUS EFIAPI unload_image(EFI_HANDLE handle)
{
        *(struct fake_handle *)handle = (struct fake_handle){ 0 };
        return EFI_SUCCESS;
}

/* configuration tables */

static EFI_STATUS EFIAPI install_table(EFI_GUID *guid, void *table)
{
        UINTN *count = &current->system.NumberOfTableEntries, at = 0;

        if (EFI_ERROR(current->faults.install_table))
                return current->faults.install_table;
        while (at < *count && memcmp(&current->tables[at].VendorGuid, guid, sizeof(*guid)) != 0)
                at++;
        if (table == NULL && at == *count)
                return EFI_NOT_FOUND;
        must(at < FAKE_TABLES_MAX, "too many configuration tables");
        if (table == NULL) {
                current->tables[at] = current->tables[--*count];
                return EFI_SUCCESS;
        }
        current->tables[at] = (EFI_CONFIGURATION_TABLE){ *guid, table };
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

/* set-up */

void fake_add_section(struct fake_firmware *firmware, const char *name, const void *data, size_t size)
{
        size_t address = firmware->image_size;
        uint8_t *header = firmware->image + SECTION_TABLE + 40 * firmware->section_count++;

        must(firmware->section_count <= SECTIONS_MAX && address + size + PAGE < IMAGE_CAPACITY, "the image is full");
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
        add_protocol(new_handle(), (EFI_GUID)SECURITY_GUID, &firmware->security);
        add_protocol(new_handle(), (EFI_GUID)SECURITY2_GUID, &firmware->security2);
}

void fake_serve_foreign_initrd(struct fake_firmware *firmware)
{
        struct fake_handle *handle = new_handle();

        add_protocol(handle, (EFI_GUID)DEVICE_PATH_PROTOCOL, (void *)initrd_path);
        add_protocol(handle, (EFI_GUID)LOAD_FILE2_GUID, &firmware->boot);
}

bool fake_serves_initrd(const struct fake_firmware *firmware)
{
        EFI_GUID load_file2 = LOAD_FILE2_GUID;
        EFI_DEVICE_PATH *path = (EFI_DEVICE_PATH *)initrd_path;
        EFI_HANDLE handle;

        return locate_device_path(&load_file2, &path, &handle) == EFI_SUCCESS;
}

static void describe_source(struct fake_firmware *firmware)
{
        static uint8_t file_path[] = { 4,   4, 36,   0, '\\', 0, 'E', 0, 'F', 0, 'I', 0, '\\', 0, 'B', 0, 'O',  0,    'O', 0,
                                       'T', 0, '\\', 0, 'A',  0, '.', 0, 'E', 0, 'F', 0, 'I',  0, 0,   0, 0x7f, 0xff, 4,   0 };
        struct fake_handle *device = new_handle(), *disk = new_handle();

        memcpy(partition_path + DISK_NODES + 24, &fake_partition, sizeof(fake_partition));
        add_protocol(device, (EFI_GUID)DEVICE_PATH_PROTOCOL, partition_path);
        add_protocol(disk, (EFI_GUID)DEVICE_PATH_PROTOCOL, disk_path);
        add_protocol(disk, (EFI_GUID)BLOCK_IO_PROTOCOL, &firmware->disk.io);
        firmware->self.DeviceHandle = device;
        firmware->self.FilePath = (EFI_DEVICE_PATH *)file_path;
}

static void fill_tables(struct fake_firmware *firmware)
{
        static CHAR16 vendor[] = { 'F', 'a', 'k', 'e', 0 };

        firmware->boot = (EFI_BOOT_SERVICES){ .AllocatePool = allocate_pool,
                                              .FreePool = free_pool,
                                              .Stall = stall,
                                              .SetWatchdogTimer = set_watchdog_timer,
                                              .HandleProtocol = handle_protocol,
                                              .LocateProtocol = locate_protocol,
                                              .LocateDevicePath = locate_device_path,
                                              .InstallProtocolInterface = install,
                                              .UninstallProtocolInterface = uninstall,
                                              .InstallConfigurationTable = install_table,
                                              .LoadImage = load_image,
                                              .StartImage = start_image,
                                              .UnloadImage = unload_image };
        firmware->runtime =
                (EFI_RUNTIME_SERVICES){ .GetVariable = get_variable, .SetVariable = set_variable, .ResetSystem = reset_system };
        firmware->output = (SIMPLE_TEXT_OUTPUT_INTERFACE){ .OutputString = output_string };
        firmware->system = (EFI_SYSTEM_TABLE){ .Hdr = { .Revision = 2 << 16 | 70 },
                                               .FirmwareVendor = vendor,
                                               .FirmwareRevision = 1 << 16 | 2,
                                               .ConOut = &firmware->output,
                                               .ConfigurationTable = firmware->tables,
                                               .BootServices = &firmware->boot,
                                               .RuntimeServices = &firmware->runtime };
}

const struct device_secret fake_device_secret = { .secret = "what only this firmware knows..." };

void fake_set_private_variable(struct fake_firmware *firmware, const struct guid *vendor, const char *name, const void *value,
                               size_t size)
{
        must(firmware == current, "another firmware");
        if (find_variable(vendor, name) != NULL)
                (void)remove_variable(vendor, name, find_variable(vendor, name)->attributes);
        must(store(vendor, name, EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS, value, size) == EFI_SUCCESS,
             "no room for a private variable");
}

void fake_set_device_secret(struct fake_firmware *firmware, const struct device_secret *secret)
{
        uint8_t encoded[DEVICE_SECRET_ENCODED_SIZE];

        device_secret_encode(secret, encoded);
        fake_set_private_variable(firmware, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME, encoded, sizeof(encoded));
}

struct fake_firmware *fake_new(void)
{
        struct fake_firmware *firmware = calloc(1, sizeof(*firmware));

        must(firmware != NULL, "no memory");
        if (current != NULL)
                fake_done(current); /* of a test that failed half-way */
        current = firmware;
        fill_tables(firmware);
        firmware->image = calloc(1, IMAGE_CAPACITY);
        must(firmware->image != NULL, "no memory");
        memcpy(firmware->image, "MZ", 2);
        store_le32(firmware->image + 60, PE_OFFSET);
        memcpy(firmware->image + PE_OFFSET, "PE\0", 4);
        firmware->image_size = PAGE;
        firmware->self = (EFI_LOADED_IMAGE){ .ImageBase = firmware->image, .ImageSize = PAGE };
        firmware->watchdog_seconds = 300;
        fake_disk_init(&firmware->disk);
        describe_source(firmware);
        fake_console_install(&firmware->screen, &firmware->system, &firmware->output);
        fake_set_device_secret(firmware, &fake_device_secret);
        return firmware;
}

/* What a start leaves in memory. */
static void forget_start(struct fake_firmware *firmware)
{
        while (firmware->pool != NULL)
                (void)free_pool(firmware->pool->memory);
        for (size_t i = 0; i < firmware->event_count; i++)
                free(firmware->events[i].data);
        free(firmware->kernel.initrd);
        firmware->event_count = firmware->call_count = 0;
        firmware->kernel = (struct fake_kernel){ 0 };
}

void fake_restart(struct fake_firmware *firmware)
{
        forget_start(firmware);
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                if (!(firmware->variables[i].attributes & EFI_VARIABLE_NON_VOLATILE)) {
                        free(firmware->variables[i].value);
                        firmware->variables[i] = (struct fake_variable){ 0 };
                }
        memset(firmware->handles, 0, sizeof(firmware->handles));
        memset(firmware->tables, 0, sizeof(firmware->tables));
        memset(firmware->pcrs, 0, sizeof(firmware->pcrs));
        firmware->console[0] = 0;
        firmware->was_reset = false;
        firmware->watchdog_seconds = 300;
        fill_tables(firmware);
        describe_source(firmware);
        fake_console_install(&firmware->screen, &firmware->system, &firmware->output);
}

void fake_done(struct fake_firmware *firmware)
{
        forget_start(firmware);
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                free(firmware->variables[i].value);
        free(firmware->image);
        free(firmware);
        current = NULL;
}

bool fake_run(struct fake_firmware *firmware, EFI_STATUS *ret_status)
{
        struct fake_handle *self = new_handle();

        add_protocol(self, (EFI_GUID)LOADED_IMAGE_PROTOCOL, &firmware->self);
        if (firmware->faults.no_console)
                firmware->system.ConOut = NULL;
        if (firmware->faults.no_keyboard)
                firmware->system.ConIn = NULL;
        else if (!firmware->screen.simple_only) {
                firmware->system.ConsoleInHandle = new_handle();
                add_protocol(firmware->system.ConsoleInHandle, (EFI_GUID)EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL_GUID,
                             &firmware->screen.input_ex);
        }
        if (setjmp(taken_over) != 0)
                return !firmware->was_reset;
        *ret_status = efi_main(self, &firmware->system);
        return false;
}

int fake_find_call(const struct fake_firmware *firmware, enum fake_kind kind, const char *what)
{
        for (size_t i = 0; i < firmware->call_count; i++)
                if (firmware->calls[i].kind == kind && (what == NULL || strcmp(firmware->calls[i].what, what) == 0))
                        return (int)i;
        return -1;
}
