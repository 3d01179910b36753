/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware as the rest of efi/ sees it: the only includer of gnu-efi, and the two things firmware hands to a program. No
 * globals: whoever talks to the firmware takes a struct platform. */
#ifndef CLEANSLATE_EFI_PLATFORM_H
#define CLEANSLATE_EFI_PLATFORM_H

#define GNU_EFI_USE_MS_ABI 1 /* the compiler knows the firmware's calling convention, no call wrappers */
#include <efi.h>

#include "common/base/guid.h"
#include "common/base/memory.h"
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static_assert(sizeof(CHAR16) == 2, "build with -fshort-wchar");
static_assert(sizeof(EFI_GUID) == sizeof(struct guid), "both are 16 bytes in EFI byte order");

struct platform {
        EFI_HANDLE image; /* our own */
        EFI_SYSTEM_TABLE *system;
};

static inline EFI_BOOT_SERVICES *boot_services(const struct platform *platform)
{
        return platform->system->BootServices;
}

static inline EFI_RUNTIME_SERVICES *runtime_services(const struct platform *platform)
{
        return platform->system->RuntimeServices;
}

/* By value: struct guid may lie anywhere, EFI_GUID wants its alignment. */
static inline EFI_GUID platform_guid(const struct guid *guid)
{
        EFI_GUID result;

        memcpy(&result, guid, sizeof(result));
        return result;
}

/* What firmware, or a loader in front of us, has left under this GUID (UEFI 2.10, 4.6); NULL: nothing. */
static inline void *platform_table(const struct platform *platform, const void *guid)
{
        for (UINTN i = 0; i < platform->system->NumberOfTableEntries; i++)
                if (memcmp(&platform->system->ConfigurationTable[i].VendorGuid, guid, sizeof(EFI_GUID)) == 0)
                        return platform->system->ConfigurationTable[i].VendorTable;
        return NULL;
}

/* Pool memory of the boot services; NULL if there is none left. Freeing NULL is fine. */
static inline void *platform_allocate(const struct platform *platform, size_t size)
{
        void *result = NULL;

        return EFI_ERROR(boot_services(platform)->AllocatePool(EfiLoaderData, size, &result)) ? NULL : result;
}

static inline void platform_free(const struct platform *platform, void *memory)
{
        if (memory != NULL)
                (void)boot_services(platform)->FreePool(memory);
}

#endif
