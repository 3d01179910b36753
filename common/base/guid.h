/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GUIDs in their EFI byte order (the first three fields little-endian, UEFI 2.10 appendix A), and 128-bit ids as systemd
 * writes them (32 hexadecimal digits, big-endian). Owns the well-known GUIDs this project names. */
#ifndef CLEANSLATE_COMMON_GUID_H
#define CLEANSLATE_COMMON_GUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guid {
        uint8_t bytes[16];
};

struct id128 {
        uint8_t bytes[16];
};

#define GUID_TEXT_SIZE  37 /* 8-4-4-4-12 and the NUL */
#define ID128_TEXT_SIZE 33 /* 32 digits and the NUL */

bool guid_equal(const struct guid *a, const struct guid *b);
bool guid_is_zero(const struct guid *guid);

/* 8-4-4-4-12 digits in either case; false leaves *ret untouched. */
bool guid_parse(const char *text, size_t length, struct guid *ret);
void guid_format(const struct guid *guid, char ret[static GUID_TEXT_SIZE]); /* lower case */

/* The same 128 bits in EFI byte order. */
struct guid guid_of_id128(const struct id128 *id);

bool id128_equal(const struct id128 *a, const struct id128 *b);
/* 32 digits, or 8-4-4-4-12 with dashes (both big-endian, as sd_id128_from_string takes them). */
bool id128_parse(const char *text, size_t length, struct id128 *ret);
void id128_format(const struct id128 *id, char ret[static ID128_TEXT_SIZE]);

/* Vendor GUIDs of EFI variables. */
extern const struct guid guid_systemd_factory_reset; /* 8cf2644b-4b0b-428f-9387-6d876050dc67 */
extern const struct guid guid_loader_interface;      /* 4a67b082-0a4c-41cf-b6c7-440b29bb8c4f */
extern const struct guid guid_efi_global;            /* 8be4df61-93ca-11d2-aa0d-00e098032b8c */
extern const struct guid guid_variable_file;         /* b2ac5fc9-92b7-4acd-aeac-11e818c3130c: variables kept in a file (EBBR) */
extern const struct guid guid_security_database;     /* db, dbx, dbt, dbr (UEFI 2.10, 32.3) */
extern const struct guid guid_shim;                  /* 605dab50-e046-4300-abb6-3dd810dd8b23 */
extern const struct guid guid_cleanslate;            /* our own variables: e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41 */

#endif
