/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table by which a boot loader hands certificates to Linux before it starts (drivers/firmware/efi/mokvar-table.c; shim's
 * mok.c writes it). What is listed in it goes to the kernel's keyring .machine, which dm-verity trusts, if Secure Boot is on.
 * Pure. */
#ifndef CLEANSLATE_COMMON_MOK_TABLE_H
#define CLEANSLATE_COMMON_MOK_TABLE_H

#include "common/base/bytes.h"
#include "common/base/guid.h"

extern const struct guid guid_mok_table; /* of the EFI configuration table */

#define MOK_CERTIFICATE_MAX 16384 /* bytes of DER */

/* Bytes that mok_table_write() needs for a certificate of this size. */
size_t mok_table_size(size_t certificate_size);

/* Appends the table for one X.509 certificate in DER; check writer->overflow. */
void mok_table_write(struct writer *writer, struct bytes certificate);

/* Whether a table that the loader in front of us has left in memory has an entry of this name. Its end is an entry without a
 * name, as Linux finds it; one without such an end in its first megabyte lists nothing more. */
bool mok_table_lists(const void *table, const char *name);

#endif
