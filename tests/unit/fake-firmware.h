/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A UEFI firmware made of memory, for running the stub's real code on the host: variables with a quota, a TPM that extends, a
 * console, handles and protocols, LoadImage and a StartImage that behaves like a Linux kernel. Every call with an effect is
 * recorded in order, and any of them can be told to fail. One at a time: EFI's functions have no place for a context. */
#ifndef CLEANSLATE_TESTS_UNIT_FAKE_FIRMWARE_H
#define CLEANSLATE_TESTS_UNIT_FAKE_FIRMWARE_H

#include "common/base/bytes.h"
#include "common/boot/device-secret.h"
#include "common/format/pcr.h"
#include "efi/platform.h"
#include "fake-console.h"
#include "fake-disk.h"

#define FAKE_CALLS_MAX     4096
#define FAKE_EVENTS_MAX    64
#define FAKE_VARIABLES_MAX 96
#define FAKE_HANDLES_MAX   16
#define FAKE_PROTOCOLS_MAX 4
#define FAKE_CONSOLE_MAX   65536
#define FAKE_PCRS          24
#define FAKE_TABLES_MAX    4
#define FAKE_FILES_MAX     128
#define FAKE_OPEN_MAX      16

enum fake_kind {
        FAKE_SET_VARIABLE,
        FAKE_MEASURE,
        FAKE_PRINT,
        FAKE_INSTALL,
        FAKE_UNINSTALL,
        FAKE_LOAD_IMAGE,
        FAKE_START_IMAGE,
        FAKE_RESET
};

struct fake_call {
        enum fake_kind kind;
        char what[128]; /* a variable's name, an event's description, a line, a kind of reset */
};

struct fake_event {
        UINT32 pcr, type, tag; /* tag: of an EV_EVENT_TAG, 0 otherwise */
        char description[128];
        uint8_t *data;
        size_t size;
};

struct fake_variable {
        char name[64]; /* "" = free */
        struct guid vendor;
        UINT32 attributes;
        uint8_t *value;
        size_t size;
};

struct fake_handle {
        struct {
                EFI_GUID guid;
                void *interface; /* NULL = free */
        } protocols[FAKE_PROTOCOLS_MAX];
        bool used;
};

/* Platform Initialization 1.7, volume 2, 12.9 and 12.10: what decides whether an image may be loaded. */
struct fake_security {
        EFI_STATUS(EFIAPI *authenticate_state)
        (const struct fake_security *self, UINT32 authentication_status, const EFI_DEVICE_PATH *file);
};

struct fake_security2 {
        EFI_STATUS(EFIAPI *authenticate)
        (const struct fake_security2 *self, const EFI_DEVICE_PATH *file, void *buffer, UINTN size, BOOLEAN boot_policy);
};

/* Of the partition that the image was started from. Paths as FAT has them: in either case, with backslashes or none in front. */
struct fake_file {
        char path[300]; /* "" = free; parents are there by themselves */
        uint8_t *data;
        size_t size;
};

struct fake_open_file {
        EFI_FILE_PROTOCOL protocol;
        char path[300];
        bool used, directory, writable;
        struct fake_file *file; /* NULL: a directory */
        size_t at;              /* bytes, or entries that were listed */
};

/* What the fake kernel found when it was started. */
struct fake_kernel {
        bool started;
        const void *image; /* where LoadImage was told to read */
        size_t image_size;
        EFI_DEVICE_PATH *path; /* under which it was loaded */
        char command_line[1024];
        uint8_t *initrd;
        size_t initrd_size;
        EFI_STATUS initrd_status;
};

/* Knobs; zero is the firmware that does everything right and has a TPM. */
struct fake_faults {
        bool no_tpm, no_tcg2, no_rng, no_tpm_random, no_sha256_bank;
        EFI_STATUS pcr_read;
        EFI_STATUS capability;
        bool capability_1_0;      /* its structure is of version 1.0: without banks */
        UINT32 pcr_bank;          /* the one that is active, as in EFI_TCG2_EVENT_ALGORITHM_BITMAP; 0 = SHA-256 */
        unsigned measure_seconds; /* that each measurement takes */
        const char *measure_what; /* fail events of this description only; NULL = all, if measure is set */
        EFI_STATUS measure;
        const char *get_variable_name;
        EFI_STATUS get_variable;
        size_t variable_quota; /* bytes of values; 0 = plenty */
        size_t store_size;     /* bytes of a store that is written to its end and then tidied up, as edk2 has it; 0 = plenty */
        size_t variable_most;  /* bytes of one value; 0 = any */
        const char *set_variable_name;
        EFI_STATUS set_variable;
        EFI_STATUS load_image, start_image, install, install_table;
        bool no_console, no_keyboard;
        bool no_volume, endless_directory;
        const char *read_name; /* files whose path ends so cannot be read */
        EFI_STATUS read_file, write_file;
        bool power_stays; /* ResetSystem comes back */
};

struct fake_firmware {
        struct fake_faults faults;
        EFI_SYSTEM_TABLE system;
        EFI_BOOT_SERVICES boot;
        EFI_RUNTIME_SERVICES runtime;
        SIMPLE_TEXT_OUTPUT_INTERFACE output;
        struct fake_console screen; /* and keyboard */
        struct fake_disk disk;      /* without partitions; those of a test are added with fake_disk_add() */
        UINTN watchdog_seconds;     /* 5 minutes at the start, as UEFI has it; 0 = off. A test in which it fires ends */
        uint64_t watchdog_usec;     /* waited since it was set */
        bool watchdog_was_off;
        bool was_reset;
        EFI_RESET_TYPE reset_type;
        struct fake_handle handles[FAKE_HANDLES_MAX];
        struct fake_variable variables[FAKE_VARIABLES_MAX];
        size_t store_garbage; /* what earlier values have taken of the store, until it is tidied up */
        struct fake_event events[FAKE_EVENTS_MAX];
        struct fake_call calls[FAKE_CALLS_MAX];
        size_t event_count, call_count;
        uint8_t pcrs[FAKE_PCRS][SHA256_SIZE];
        char console[FAKE_CONSOLE_MAX];
        size_t pool_blocks; /* allocated and not freed */
        struct fake_block *pool;
        EFI_LOADED_IMAGE self, kernel_image;
        uint8_t *image; /* the loaded UKI */
        size_t image_size, section_count;
        struct fake_kernel kernel;
        EFI_CONFIGURATION_TABLE tables[FAKE_TABLES_MAX];
        struct fake_security security; /* functions are NULL without Secure Boot */
        struct fake_security2 security2;
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL volume;
        struct fake_file files[FAKE_FILES_MAX];
        struct fake_open_file open_files[FAKE_OPEN_MAX];
        UINT64 monotonic_count;
        EFI_LOADED_IMAGE addon; /* ImageBase != NULL: a file that is loaded as an image */
};

/* A firmware that has loaded a UKI without sections from \EFI\BOOT\A.EFI of fake_partition. Release with fake_done(). */
struct fake_firmware *fake_new(void);
void fake_done(struct fake_firmware *firmware);
extern const struct guid fake_partition;

/* Puts a section into the image. */
void fake_add_section(struct fake_firmware *firmware, const char *name, const void *data, size_t size);

/* A text of the Boot Loader Interface, as the operating system writes it. */
void fake_set_boot_loader_text(struct fake_firmware *firmware, const char *name, const char *text); /* volatile, of this boot */
void fake_set_loader_text(struct fake_firmware *firmware, const char *name, const char *text);

/* NV|BS|RT, as the operating system would have written it. */
void fake_set_variable(struct fake_firmware *firmware, const struct guid *vendor, const char *name, const void *value,
                       size_t size);
/* NV|BS, as the stub alone writes it. */
void fake_set_private_variable(struct fake_firmware *firmware, const struct guid *vendor, const char *name, const void *value,
                               size_t size);

/* The device's secret, as an earlier start has made it: fake_new() puts it there. */
extern const struct device_secret fake_device_secret;
void fake_set_device_secret(struct fake_firmware *firmware, const struct device_secret *secret);
const struct fake_variable *fake_find_variable(const struct fake_firmware *firmware, const struct guid *vendor, const char *name);

/* The variable's UTF-16 value as text; NULL if it is absent, not NUL-terminated, or not volatile. In a static buffer. */
const char *fake_exported_text(const struct fake_firmware *firmware, const char *name);

/* "EFI/Linux/a.efi": replaced if it is there. Lasts over fake_restart(). */
void fake_put_file(struct fake_firmware *firmware, const char *path, const void *data, size_t size);
struct bytes fake_file_content(const struct fake_firmware *firmware, const char *path); /* data == NULL: there is none */
/* An image that LoadImage() takes by its path under Secure Boot has this text in it. */
#define FAKE_SIGNATURE "signed by a key of db"
/* How many files and directories the stub has left open. */
size_t fake_open_count(const struct fake_firmware *firmware);

/* What is passed to the stub as load options. */
void fake_set_load_options(struct fake_firmware *firmware, const char *text);

/* Secure Boot on: unsigned images are refused unless somebody replaced the check. */
void fake_enable_secure_boot(struct fake_firmware *firmware);

/* The configuration table under this GUID; NULL if there is none. */
const void *fake_find_table(const struct fake_firmware *firmware, const struct guid *guid);

/* A foreign initrd on the path that Linux looks at. */
void fake_serve_foreign_initrd(struct fake_firmware *firmware);
bool fake_serves_initrd(const struct fake_firmware *firmware);

/* Runs the stub. True: the kernel took over (and everything it saw is in ->kernel). False: it came back with *ret_status, or
 * the machine was reset (->was_reset, and *ret_status untouched). */
bool fake_run(struct fake_firmware *firmware, EFI_STATUS *ret_status);

/* Switched off and on again: variables stay if they are non-volatile, image, disk, keyboard and faults as they are, all else is
 * as after fake_new(). */
void fake_restart(struct fake_firmware *firmware);

/* Index of the first such call, or -1. what NULL = any. */
int fake_find_call(const struct fake_firmware *firmware, enum fake_kind kind, const char *what);

#endif
