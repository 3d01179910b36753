/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the firmware made of memory share, and no test needs: the one that runs, its services, and how it complains.
 */
#ifndef CLEANSLATE_TESTS_UNIT_FAKE_INTERNAL_H
#define CLEANSLATE_TESTS_UNIT_FAKE_INTERNAL_H

#include "efi/tcg2.h"
#include "fake-firmware.h"
#include <setjmp.h>

#define IMAGE_CAPACITY        (1024 * 1024)
#define PAGE                  4096
#define PE_OFFSET             64
#define SECTION_TABLE         (PE_OFFSET + 24)
#define FAKE_INITRD_PATH_SIZE 24
#define LOAD_FILE2_GUID                                                \
        {                                                              \
                0x4006c0c1, 0xfcb3, 0x403e,                            \
                {                                                      \
                        0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d \
                }                                                      \
        }

/* One firmware at a time; EFI's functions take no context. */
extern struct fake_firmware *fake_current;
extern jmp_buf fake_taken_over; /* 1: the kernel runs; 2: the machine was reset */

/* Ends the test: the stub, or the test itself, does what no firmware would let pass. */
void fake_must(bool fine, const char *what);

void fake_record(enum fake_kind kind, const char *what);
void fake_narrow(const CHAR16 *text, char *ret, size_t capacity);
void *fake_copy(const void *data, size_t size);

/* Time that the firmware takes for something. */
void fake_take_time(uint64_t microseconds);

/* What the personality that is used makes of a firmware that is switched on. */
void fake_apply_personality(struct fake_firmware *firmware, bool is_new);

/* variables */
struct fake_variable *fake_variable_find(const struct guid *vendor, const char *name);
EFI_STATUS EFIAPI fake_get_variable(CHAR16 *wide_name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size, void *value);
EFI_STATUS EFIAPI fake_query_variable_info(UINT32 attributes, UINT64 *whole, UINT64 *remaining, UINT64 *most);
EFI_STATUS EFIAPI fake_service_set_variable(CHAR16 *wide_name, EFI_GUID *vendor, UINT32 attributes, UINTN size, void *value);

/* TPM and random bytes */
extern struct tcg2_protocol fake_tcg2;
extern EFI_RNG_PROTOCOL fake_rng;

/* handles, protocols and tables */
extern const uint8_t fake_initrd_path[FAKE_INITRD_PATH_SIZE];
void *fake_find_protocol(const struct fake_handle *handle, const EFI_GUID *guid);
struct fake_handle *fake_new_handle(void);
void fake_add_protocol(struct fake_handle *handle, EFI_GUID guid, void *interface);
EFI_STATUS EFIAPI fake_handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret);
EFI_STATUS EFIAPI fake_locate_protocol(EFI_GUID *guid, void *registration, void **ret);
EFI_STATUS EFIAPI fake_install(EFI_HANDLE *handle, EFI_GUID *guid, EFI_INTERFACE_TYPE type, void *interface);
EFI_STATUS EFIAPI fake_uninstall(EFI_HANDLE handle, EFI_GUID *guid, void *interface);
EFI_STATUS EFIAPI fake_locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret);
EFI_STATUS EFIAPI fake_locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid, void *key, UINTN *ret_count,
                                            EFI_HANDLE **ret);
EFI_STATUS EFIAPI fake_install_table(EFI_GUID *guid, void *table);
void fake_describe_source(struct fake_firmware *firmware);

/* keyboards and what they hang on */
void fake_attach_keyboards(struct fake_firmware *firmware);
EFI_STATUS EFIAPI fake_connect(EFI_HANDLE handle, EFI_HANDLE *driver, EFI_DEVICE_PATH *remaining, BOOLEAN recursive);

/* files */
void fake_attach_volume(struct fake_firmware *firmware, struct fake_handle *device);
EFI_STATUS fake_load_file_image(const EFI_DEVICE_PATH *path, EFI_HANDLE *ret);
void fake_unload_file_image(void);
void fake_free_files(struct fake_firmware *firmware);

/* images */
EFI_STATUS EFIAPI fake_load_image(BOOLEAN boot_policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, void *source, UINTN size,
                                  EFI_HANDLE *ret);
EFI_STATUS EFIAPI fake_start_image(EFI_HANDLE handle, UINTN *exit_data_size, CHAR16 **exit_data);
EFI_STATUS EFIAPI fake_unload_image(EFI_HANDLE handle);

#endif
