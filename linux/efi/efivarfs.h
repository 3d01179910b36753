/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI variables through efivarfs. Owns the file format (4 bytes of attributes, then the value), the immutable flag and the
 * one-write rule; knows nothing of what the variables mean. The directory can be given, so that tests use a plain one. */
#ifndef CLEANSLATE_LINUX_EFIVARFS_H
#define CLEANSLATE_LINUX_EFIVARFS_H

#include "common/base/guid.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EFIVARFS_PATH         "/sys/firmware/efi/efivars"
#define EFI_VARIABLE_NV       0x01u
#define EFI_VARIABLE_NV_BS_RT 0x07u
#define EFI_VALUE_MAX         65536 /* bytes; a larger variable is -E2BIG */

/* An open variable store. */
struct efivarfs {
        int directory_fd; /* -1 = none */
};

/* path NULL = EFIVARFS_PATH. -ENOENT / -EOPNOTSUPP: not an EFI system. Close with efivarfs_close(). */
int efivarfs_open(const char *path, struct efivarfs *ret);
void efivarfs_close(struct efivarfs *store);

/* The value without attributes; *ret_value is malloc()ed, NUL bytes appended beyond *ret_size (two), for the caller to free().
 * -ENOENT if absent, -E2BIG, -EIO for a file shorter than its attributes. */
int efivarfs_read(const struct efivarfs *store, const struct guid *vendor, const char *name, void **ret_value, size_t *ret_size);

/* The same, but only of a variable that is gone after a restart: firmware and boot loaders of this very start have set it, and no
 * operating system before. -EPERM: it is non-volatile. */
int efivarfs_read_volatile(const struct efivarfs *store, const struct guid *vendor, const char *name, void **ret_value,
                           size_t *ret_size);

/* The same, but only of a variable with NV|BS|RT and no other attribute: it can be removed again, which one that is authenticated
 * by a key of somebody's own cannot. -EPERM: it has others. */
int efivarfs_read_ordinary(const struct efivarfs *store, const struct guid *vendor, const char *name, void **ret_value,
                           size_t *ret_size);

/* Creates or replaces with NV|BS|RT in a single write(), clearing the immutable flag first. -EROFS, -EPERM, -ENOSPC (full store),
 * -EACCES. */
int efivarfs_write(const struct efivarfs *store, const struct guid *vendor, const char *name, const void *value, size_t size);

/* Removes; an absent variable is success (0); 1 if it was there. */
int efivarfs_remove(const struct efivarfs *store, const struct guid *vendor, const char *name);

/* The same for one that the stub has seen. Linux may not show what the firmware has; then removing it proves nothing, and it is
 * written first. */
int efivarfs_remove_seen(const struct efivarfs *store, const struct guid *vendor, const char *name);

/* Whether the firmware keeps in memory alone what is written at run time, and says so (Embedded Base Boot
 * Requirements, "File Format For Storing EFI Variables": RTStorageVolatile, which firmware alone can make volatile). */
bool efivarfs_forgets(const struct efivarfs *store);

/* Whether a variable of `size` bytes could be written, told without writing one, since each write wears the firmware's flash: 1
 * as far as the kernel knows; 0 mounted for writing, but the kernel does not tell the room (before Linux 6.5); -EROFS, -ENOSPC.
 */
int efivarfs_has_room(const struct efivarfs *store, size_t size);

/* What the store holds. */
#define EFIVARFS_NAME_MAX 220 /* bytes with the NUL: a file's name without "-GUID" */
struct efivar {
        struct guid vendor;
        char name[EFIVARFS_NAME_MAX];
        uint32_t attributes; /* UEFI 2.10, 8.2 */
        bool unreadable;     /* it is there, and nobody knows more: its attributes are taken to be NV|BS|RT */
};

/* All variables, sorted by file name; *ret is malloc()ed. What has no variable's name, is empty (the kernel has found none behind
 * it) or vanishes meanwhile is left out. -E2BIG: more than EFIVARFS_COUNT_MAX. */
#define EFIVARFS_COUNT_MAX 4096
int efivarfs_list(const struct efivarfs *store, struct efivar **ret, size_t *ret_count);

#endif
