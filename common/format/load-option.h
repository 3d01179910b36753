/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a load option (Boot####, Driver####, ...) points to: EFI_LOAD_OPTION (UEFI 2.10, 3.1.3) and, of its device path (10.3),
 * the partition and the file. Pure; whether they exist is for others to find out. */
#ifndef CLEANSLATE_COMMON_LOAD_OPTION_H
#define CLEANSLATE_COMMON_LOAD_OPTION_H

#include "common/base/bytes.h"
#include "common/base/err.h"
#include "common/base/guid.h"

#define LOAD_OPTION_MAX       65536u /* bytes of a value */
#define LOAD_OPTION_FILE_MAX  256u   /* bytes of UTF-8 with the NUL */
#define BOOT_ORDER_VALUES_MAX 256u   /* entries looked at */

/* UEFI 2.10, 3.3: the variables whose values are load options, and the one that refers to them by number. */
enum load_option_kind {
        LOAD_OPTION_NONE,
        LOAD_OPTION_BOOT,              /* Boot#### */
        LOAD_OPTION_DRIVER,            /* Driver####: loaded before any boot entry */
        LOAD_OPTION_SYSPREP,           /* SysPrep####: run before any boot entry */
        LOAD_OPTION_PLATFORM_RECOVERY, /* PlatformRecovery####: the firmware's own way out */
        LOAD_OPTION_KEY,               /* Key####: starts a boot entry when a key is pressed */
};

struct load_option {
        uint32_t attributes;
        bool has_partition; /* exactly one hard drive node, and it names a GPT partition (10.3.5.1) */
        struct guid partition;
        char file[LOAD_OPTION_FILE_MAX]; /* of the file path nodes, '/' in between and none in front; "" = none, or file_unknown
                                          */
        bool file_unknown;               /* it names a file by a path that is too long, or not text */
        bool in_firmware;                /* one file of a firmware volume and nothing else: on no disk (PI 1.8, 2.8) */
        bool has_data;                   /* something is passed to what is started */
        size_t data_at;                  /* where in the value that begins; its size if there is nothing */
        size_t selector_at;              /* where in the value a word of it chooses a profile other than @0; 0 = none does */
};

/* "Boot0007" -> LOAD_OPTION_BOOT, 7: four upper-case hexadecimal digits, as the specification has it. */
enum load_option_kind load_option_kind(const char *name, uint16_t *ret_number);

/* Which boot entry a Key#### starts (EFI_KEY_OPTION, UEFI 2.10, 3.3). False: shorter than that. */
bool key_option_boot_entry(const void *data, size_t size, uint16_t *ret_number);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_SYNTAX (a node shorter than its header). *ret untouched on failure. */
enum err load_option_parse(const void *data, size_t size, struct load_option *ret);

/* Cuts what an option passes along in front of the word that chooses a profile, in its value, which ends there then. Returns the
 * new size; `option` was parsed from this very value and has such a word. */
size_t load_option_drop_selector(const struct load_option *option, void *value);

/* Copies a BootOrder value without the numbers in `drop`; writes at most `size` bytes, returns how many. An odd last byte is
 * dropped. */
size_t boot_order_without(const void *order, size_t size, const uint16_t *drop, size_t drop_count, uint8_t *ret);

/* A path of firmware's in UTF-8, in place: '/' for '\\', none in front, at the end or doubled. */
void firmware_path_tidy(char *path);

/* A path as firmware writes it ("\EFI\BOOT\BOOTX64.EFI", UTF-16LE) in the form above. False: not text, or too long. */
bool firmware_path_read(const void *text, size_t size, char ret[static LOAD_OPTION_FILE_MAX]);

#endif
