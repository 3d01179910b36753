/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a boot entry (Boot####) points to: EFI_LOAD_OPTION (UEFI 2.10, 3.1.3) and, of its device path (10.3), the partition and
 * the file. Pure; whether that partition exists is for others to find out. */
#ifndef CLEANSLATE_COMMON_LOAD_OPTION_H
#define CLEANSLATE_COMMON_LOAD_OPTION_H

#include "common/bytes.h"
#include "common/err.h"
#include "common/guid.h"

#define LOAD_OPTION_MAX       65536u /* bytes of a value */
#define LOAD_OPTION_FILE_MAX  256u   /* bytes of UTF-8 with the NUL */
#define BOOT_ORDER_VALUES_MAX 256u   /* entries looked at */

struct load_option {
        uint32_t attributes;
        bool has_partition; /* exactly one hard drive node, and it names a GPT partition (10.3.5.1) */
        struct guid partition;
        char file[LOAD_OPTION_FILE_MAX]; /* of the file path nodes, '/' in between and none in front; "" = none, or too long */
};

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_SYNTAX (a node shorter than its header). *ret untouched on failure. */
enum err load_option_parse(const void *data, size_t size, struct load_option *ret);

/* "Boot0007" -> 7: four upper-case hexadecimal digits, as the specification has it. */
bool boot_entry_number(const char *name, uint16_t *ret);

/* Copies a BootOrder value without the numbers in `drop`; writes at most `size` bytes, returns how many. An odd last byte is
 * dropped. */
size_t boot_order_without(const void *order, size_t size, const uint16_t *drop, size_t drop_count, uint8_t *ret);

/* A path as firmware writes it ("\EFI\BOOT\BOOTX64.EFI", UTF-16LE) in the form above. False: not text, or too long. */
bool firmware_path_read(const void *text, size_t size, char ret[static LOAD_OPTION_FILE_MAX]);

#endif
