/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two small EFI variables under guid_cleanslate that outlive a boot: how many ordinary boots were begun since the last good one,
 * and how often the break-glass shell was opened. Formats only; the stub counts boots, the initrd notes break-glass,
 * cleanslate-boot-ok.service ends the counting. */
#ifndef CLEANSLATE_COMMON_BOOT_TRACE_H
#define CLEANSLATE_COMMON_BOOT_TRACE_H

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_COUNT_VARIABLE_NAME "CleanslateBootCount"
#define BOOT_COUNT_ENCODED_SIZE  3 /* version 3, boots, reached */

/* How far the last boot came, noted in the last permitted one only. By whoever came so far: a note is also the proof that what
 * runs behind the firmware can change the count, and so could have taken it back. */
enum boot_reached { BOOT_REACHED_KERNEL, BOOT_REACHED_INITRD, BOOT_REACHED_INIT, BOOT_REACHED_COUNT };

struct boot_count {
        uint32_t boots; /* ordinary boots begun since the last good one; saturates at 255 */
        enum boot_reached reached;
};

void boot_count_encode(const struct boot_count *count, uint8_t ret[static BOOT_COUNT_ENCODED_SIZE]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_VERSION, ERR_RANGE. *ret untouched on failure. */
enum err boot_count_decode(const void *data, size_t size, struct boot_count *ret);

/* Whether this boot is the last one before the recovery page opens: worth a write to say how far it comes. boots_max 0 = boots
 * are not counted. */
bool boot_count_is_last(const struct boot_count *count, uint32_t boots_max);

/* Whether so many boots failed that the recovery page opens. Not where the last of them could not note how far it came: then
 * either the initrd itself does not start, which the page needs as well, or the running system cannot change the firmware's
 * variables (UEFI 2.10, section 8: EFI_RT_PROPERTIES_TABLE; kernels for real time switch them off), and has started well each
 * time without being able to say so. */
bool boot_count_is_used_up(const struct boot_count *count, uint32_t boots_max);

#define BREAK_GLASS_VARIABLE_NAME "CleanslateBreakGlass"
#define BREAK_GLASS_ENCODED_SIZE  24

struct break_glass_trace {
        uint32_t count;    /* times the shell was opened, since the device was made */
        uint32_t reported; /* the count that an ordinary boot has put into the journal */
        uint64_t last_at;  /* seconds since 1970, UTC; 0 = clock unknown */
};

/* Little-endian: version 1, count, reported, padding, last_at (64 bits); then CRC-32 in place of the padding. */
void break_glass_encode(const struct break_glass_trace *trace, uint8_t ret[static BREAK_GLASS_ENCODED_SIZE]);

/* ERR_TRUNCATED, ERR_TOO_LARGE, ERR_VERSION, ERR_CHECKSUM. *ret untouched on failure. */
enum err break_glass_decode(const void *data, size_t size, struct break_glass_trace *ret);

#endif
