/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which shim there is; see shim.h. */
#include "efi/shim.h"
#include "common/format/mok-table.h"

/* 16.1 is the first to know sections, and the first to list this; nothing else tells it from 16.0. */
#define SINCE_SECTIONS_ARE_KNOWN "VariableInfo"

static const EFI_GUID lock_guid = { 0x605dab50, 0xe046, 0x4300, { 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 } };
static const EFI_GUID loader_guid = { 0x1f492041, 0xfadb, 0x4e59, { 0x9e, 0x57, 0x7c, 0xaf, 0xe7, 0x3a, 0x55, 0xab } };

static bool is_installed(const struct platform *platform, EFI_GUID guid)
{
        void *protocol = NULL;

        return !EFI_ERROR(boot_services(platform)->LocateProtocol(&guid, NULL, &protocol));
}

static bool is_listed(const struct platform *platform, const char *name)
{
        const void *table = platform_table(platform, &guid_mok_table);

        return table != NULL && mok_table_lists(table, name);
}

enum shim shim_find(const struct platform *platform)
{
        if (is_installed(platform, loader_guid))
                return is_listed(platform, SINCE_SECTIONS_ARE_KNOWN) ? SHIM_KNOWS_SECTIONS : SHIM_16_0;
        return is_installed(platform, lock_guid) ? SHIM_BEFORE_16 : SHIM_NONE;
}
