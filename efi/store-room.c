/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the firmware tidy up its variable store; see store-room.h. */
#include "efi/store-room.h"
#include "common/base/memory.h"
#include "efi/variables.h"

#define TRIAL_NAME       "CleanslateTidy"
#define TRIAL_MAX        (UINT64_C(64) << 10)
#define ATTRIBUTES       (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)
#define BEYOND_THE_STORE 1024
#define SINCE_REVISION   ((UINT32)2 << 16) /* UEFI 2.0: QueryVariableInfo() */

struct room {
        UINT64 remaining; /* once it is tidied up */
        UINT64 most;      /* in one variable */
};

static bool ask(const struct platform *platform, struct room *ret)
{
        EFI_RUNTIME_SERVICES *services = runtime_services(platform);
        UINT64 whole = 0;

        if (services->Hdr.Revision < SINCE_REVISION || services->QueryVariableInfo == NULL)
                return false;
        return !EFI_ERROR(services->QueryVariableInfo(ATTRIBUTES, &whole, &ret->remaining, &ret->most)) && ret->most > 0;
}

static void try_to_store(const struct platform *platform, uint64_t size)
{
        void *value = platform_allocate(platform, (size_t)size);

        if (value == NULL)
                return;
        memset(value, 0, (size_t)size);
        if (!EFI_ERROR(variable_store(platform, &guid_cleanslate, TRIAL_NAME, value, (size_t)size)))
                (void)variable_delete(platform, &guid_cleanslate, TRIAL_NAME);
        platform_free(platform, value);
}

/* What is larger than the room is refused, behind the tidying: nothing is filled up, which some firmware has not survived (Linux,
 * arch/x86/platform/efi/quirks.c: EFI_MIN_RESERVE). With more room than one variable may take, edk2 has tidied up before it
 * started the stub (ReclaimForOS()). */
void store_room_make(const struct platform *platform)
{
        struct room room = { 0 };

        if (ask(platform, &room) && room.remaining + BEYOND_THE_STORE <= room.most && room.remaining <= TRIAL_MAX)
                try_to_store(platform, room.remaining + BEYOND_THE_STORE);
}
