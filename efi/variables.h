/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI variables through the runtime services. Owns reading whole values and writing. The stub writes volatile ones, with seven
 * exceptions that outlive the boot: the device's secret (efi/device-secret), the count of ordinary boots (efi/boot-count), what
 * was asked for once and is removed when it was read (efi/loader-requests), what a reset wants forgotten (efi/forget), the count
 * of wrong passwords (efi/password), OsIndications' bit when a person chooses the firmware's setup
 * (efi/power), and what has the firmware tidy up (efi/store-room), at once removed. It removes
 * lasting ones that claim to be of this boot (efi/loader-interface). Names are ASCII. */
#ifndef CLEANSLATE_EFI_VARIABLES_H
#define CLEANSLATE_EFI_VARIABLES_H

#include "efi/platform.h"

#define VARIABLE_NAME_MAX  64            /* characters with the NUL */
#define VARIABLE_VALUE_MAX (1024 * 1024) /* bytes; more is EFI_BAD_BUFFER_SIZE */

struct variable {
        void *value; /* pool memory; never NULL after success */
        size_t size;
};

/* EFI_NOT_FOUND: there is none. *ret untouched on failure; release it with variable_done(). */
EFI_STATUS variable_read(const struct platform *platform, const struct guid *vendor, const char *name, struct variable *ret);
/* The same, but EFI_SECURITY_VIOLATION if its attributes are not NV|BS|RT alone: what is authenticated by a key of somebody's own
 * could not be removed again. */
EFI_STATUS variable_read_ordinary(const struct platform *platform, const struct guid *vendor, const char *name,
                                  struct variable *ret);
void variable_done(const struct platform *platform, struct variable *variable);

bool variable_exists(const struct platform *platform, const struct guid *vendor, const char *name);

/* Whether there is one that outlives a restart: an operating system may have written it. */
bool variable_is_lasting(const struct platform *platform, const struct guid *vendor, const char *name);

/* Attributes BS|RT: gone with the next power cycle. The text is UTF-8 and becomes UTF-16 with its NUL. */
EFI_STATUS variable_export(const struct platform *platform, const struct guid *vendor, const char *name, const void *value,
                           size_t size);
EFI_STATUS variable_export_text(const struct platform *platform, const struct guid *vendor, const char *name, const char *text);

/* Attributes NV|BS|RT: outlives the boot. Only for what the comment above names. */
EFI_STATUS variable_store(const struct platform *platform, const struct guid *vendor, const char *name, const void *value,
                          size_t size);

/* Attributes NV|BS and no others: outlives the boot, and no operating system sees, changes or removes it (UEFI 2.10, 8.2.1). What
 * stands under the name with other attributes was put there by one: it is removed before writing, and EFI_NOT_FOUND to the
 * reader. */
EFI_STATUS variable_store_private(const struct platform *platform, const struct guid *vendor, const char *name, const void *value,
                                  size_t size);
EFI_STATUS variable_read_private(const struct platform *platform, const struct guid *vendor, const char *name,
                                 struct variable *ret);

/* EFI_SUCCESS only if it is gone afterwards (or never was). */
EFI_STATUS variable_delete(const struct platform *platform, const struct guid *vendor, const char *name);

#endif
