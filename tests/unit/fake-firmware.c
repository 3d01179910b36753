/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware made of memory; see fake-firmware.h. Its memory, console and power are here, and its beginning and end. */
#include "fake-internal.h"

#include "common/base/utf16.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

struct fake_block {
        struct fake_block *next;
        void *memory;
};

const struct guid fake_partition = { { 0x01, 0xef, 0xcd, 0xab, 0x45, 0x23, 0x89, 0x67, 0xab, 0xcd, 1, 2, 3, 4, 5, 6 } };

struct fake_firmware *fake_current;
jmp_buf fake_taken_over;

void fake_must(bool fine, const char *what)
{
        if (fine)
                return;
        fprintf(stderr, "fake firmware: %s\n", what);
        abort();
}

void fake_record(enum fake_kind kind, const char *what)
{
        fake_must(fake_current->call_count < FAKE_CALLS_MAX, "too many calls");
        fake_current->calls[fake_current->call_count].kind = kind;
        snprintf(fake_current->calls[fake_current->call_count++].what, sizeof(fake_current->calls[0].what), "%s", what);
}

void fake_narrow(const CHAR16 *text, char *ret, size_t capacity)
{
        struct writer writer = writer_over(ret, capacity);
        size_t size = 0;

        while (text[size / 2] != 0)
                size += 2;
        fake_must(utf16_to_utf8(text, size, &writer) == ERR_OK, "text that is no UTF-16, or too long");
}

void *fake_copy(const void *data, size_t size)
{
        void *copy = malloc(size + 1);

        fake_must(copy != NULL, "no memory");
        memcpy(copy, data, size);
        return copy;
}

/* memory, time and power */

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **ret)
{
        struct fake_block *block = malloc(sizeof(*block));

        fake_must(block != NULL, "no memory");
        *block = (struct fake_block){ fake_current->pool, malloc(size) }; /* not zeroed, as in life */
        fake_must(block->memory != NULL, "no memory");
        fake_current->pool = block;
        fake_current->pool_blocks++;
        *ret = block->memory;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pool(void *memory)
{
        for (struct fake_block **at = &fake_current->pool; *at != NULL; at = &(*at)->next) {
                struct fake_block *block = *at;

                if (block->memory != memory)
                        continue;
                *at = block->next;
                free(block->memory);
                free(block);
                fake_current->pool_blocks--;
                return EFI_SUCCESS;
        }
        fake_must(false, "FreePool of what was not allocated");
        return EFI_INVALID_PARAMETER;
}

void fake_take_time(uint64_t microseconds)
{
        fake_current->watchdog_usec += microseconds;
        fake_must(fake_current->watchdog_seconds == 0 ||
                          fake_current->watchdog_usec < UINT64_C(1000000) * fake_current->watchdog_seconds,
                  "the watchdog restarts the machine");
}

static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
        fake_console_stall(&fake_current->screen, microseconds);
        fake_take_time(microseconds);
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_next_monotonic_count(UINT64 *ret)
{
        *ret = ++fake_current->monotonic_count;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_watchdog_timer(UINTN seconds, UINT64 code, UINTN data_size, CHAR16 *data)
{
        fake_must(code >= 0x10000, "a watchdog code of the firmware's own");
        fake_current->watchdog_seconds = seconds;
        fake_current->watchdog_usec = 0;
        fake_current->watchdog_was_off = fake_current->watchdog_was_off || seconds == 0;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size, CHAR16 *data)
{
        fake_record(FAKE_RESET, type == EfiResetShutdown ? "shutdown" : "restart");
        if (fake_current->faults.power_stays)
                return EFI_DEVICE_ERROR;
        fake_current->was_reset = true;
        fake_current->reset_type = type;
        longjmp(fake_taken_over, 2);
}

/* console */

static EFI_STATUS EFIAPI check_event(EFI_EVENT event)
{
        return fake_console_check(&fake_current->screen, event);
}

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *self, CHAR16 *wide)
{
        char text[512];

        fake_console_write(&fake_current->screen, wide);
        fake_narrow(wide, text, sizeof(text));
        fake_record(FAKE_PRINT, text);
        fake_must(strlen(fake_current->console) + strlen(text) < FAKE_CONSOLE_MAX, "console is full");
        strcat(fake_current->console, text);
        return EFI_SUCCESS;
}

/* beginning and end */

static void fill_tables(struct fake_firmware *firmware)
{
        static CHAR16 vendor[] = { 'F', 'a', 'k', 'e', 0 };

        firmware->boot = (EFI_BOOT_SERVICES){ .AllocatePool = allocate_pool,
                                              .FreePool = free_pool,
                                              .Stall = stall,
                                              .GetNextMonotonicCount = get_next_monotonic_count,
                                              .CheckEvent = check_event,
                                              .SetWatchdogTimer = set_watchdog_timer,
                                              .HandleProtocol = fake_handle_protocol,
                                              .LocateProtocol = fake_locate_protocol,
                                              .LocateHandleBuffer = fake_locate_handle_buffer,
                                              .ConnectController = fake_connect,
                                              .LocateDevicePath = fake_locate_device_path,
                                              .InstallProtocolInterface = fake_install,
                                              .UninstallProtocolInterface = fake_uninstall,
                                              .InstallConfigurationTable = fake_install_table,
                                              .LoadImage = fake_load_image,
                                              .StartImage = fake_start_image,
                                              .UnloadImage = fake_unload_image };
        firmware->runtime = (EFI_RUNTIME_SERVICES){ .Hdr = { .Revision = 2 << 16 | 70 },
                                                    .QueryVariableInfo = fake_query_variable_info,
                                                    .GetVariable = fake_get_variable,
                                                    .SetVariable = fake_service_set_variable,
                                                    .ResetSystem = reset_system };
        firmware->output = (SIMPLE_TEXT_OUTPUT_INTERFACE){ .OutputString = output_string };
        firmware->system = (EFI_SYSTEM_TABLE){ .Hdr = { .Revision = 2 << 16 | 70 },
                                               .FirmwareVendor = vendor,
                                               .FirmwareRevision = 1 << 16 | 2,
                                               .ConOut = &firmware->output,
                                               .ConfigurationTable = firmware->tables,
                                               .BootServices = &firmware->boot,
                                               .RuntimeServices = &firmware->runtime };
}

struct fake_firmware *fake_new(void)
{
        struct fake_firmware *firmware = calloc(1, sizeof(*firmware));

        fake_must(firmware != NULL, "no memory");
        if (fake_current != NULL)
                fake_done(fake_current); /* of a test that failed half-way */
        fake_current = firmware;
        fill_tables(firmware);
        firmware->image = calloc(1, IMAGE_CAPACITY);
        fake_must(firmware->image != NULL, "no memory");
        memcpy(firmware->image, "MZ", 2);
        store_le32(firmware->image + 60, PE_OFFSET);
        memcpy(firmware->image + PE_OFFSET, "PE\0", 4);
        firmware->image_size = PAGE;
        firmware->self = (EFI_LOADED_IMAGE){ .ImageBase = firmware->image, .ImageSize = PAGE };
        firmware->watchdog_seconds = 300;
        fake_disk_init(&firmware->disk);
        fake_describe_source(firmware);
        fake_console_install(&firmware->screen, &firmware->system, &firmware->output);
        fake_set_device_secret(firmware, &fake_device_secret);
        fake_apply_personality(firmware, true);
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
        firmware->screen.connected = false;
        firmware->screen.total_usec = firmware->screen.seconds = 0;
        firmware->watchdog_seconds = 300;
        firmware->watchdog_usec = 0;
        fill_tables(firmware);
        fake_describe_source(firmware);
        fake_console_install(&firmware->screen, &firmware->system, &firmware->output);
        fake_apply_personality(firmware, false);
}

void fake_done(struct fake_firmware *firmware)
{
        forget_start(firmware);
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                free(firmware->variables[i].value);
        fake_free_files(firmware);
        free(firmware->image);
        free(firmware);
        fake_current = NULL;
}

bool fake_run(struct fake_firmware *firmware, EFI_STATUS *ret_status)
{
        struct fake_handle *self = fake_new_handle();

        fake_add_protocol(self, (EFI_GUID)LOADED_IMAGE_PROTOCOL, &firmware->self);
        if (firmware->faults.no_console)
                firmware->system.ConOut = NULL;
        fake_attach_keyboards(firmware);
        if (setjmp(fake_taken_over) != 0)
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
