/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI_MEMORY_ATTRIBUTE_PROTOCOL (UEFI 2.10, section 37.7), which gnu-efi does not have. Layouts only. */
#ifndef CLEANSLATE_EFI_MEMORY_ATTRIBUTES_H
#define CLEANSLATE_EFI_MEMORY_ATTRIBUTES_H

#include "efi/platform.h"

#define EFI_MEMORY_ATTRIBUTE_PROTOCOL_GUID                             \
        {                                                              \
                0xf4560cf6, 0x40ec, 0x4b4a,                            \
                {                                                      \
                        0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89 \
                }                                                      \
        }

#define MEMORY_IS_NO_CODE   UINT64_C(0x4000)  /* EFI_MEMORY_XP */
#define MEMORY_IS_READ_ONLY UINT64_C(0x20000) /* EFI_MEMORY_RO */

struct memory_attributes {
        EFI_STATUS(EFIAPI *get)(struct memory_attributes *self, EFI_PHYSICAL_ADDRESS base, UINT64 size, UINT64 *ret);
        EFI_STATUS(EFIAPI *set)(struct memory_attributes *self, EFI_PHYSICAL_ADDRESS base, UINT64 size, UINT64 attributes);
        EFI_STATUS(EFIAPI *clear)(struct memory_attributes *self, EFI_PHYSICAL_ADDRESS base, UINT64 size, UINT64 attributes);
};

#endif
