/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GUIDs as they are written down, for tables: GUID(0x8be4df61, 0x93ca, 0x11d2, 0xaa0d, 0x00e098032b8c). */
#ifndef CLEANSLATE_COMMON_GUID_LITERAL_H
#define CLEANSLATE_COMMON_GUID_LITERAL_H

#include <stdint.h>

#define GUID_BYTE(value, index) (uint8_t)((uint64_t)(value) >> (8 * (index)))

/* An initializer for struct guid: 8-4-4-4-12 into EFI byte order. */
#define GUID(a, b, c, d, e)                                                                                                   \
        {                                                                                                                     \
                {                                                                                                             \
                        GUID_BYTE(a, 0), GUID_BYTE(a, 1), GUID_BYTE(a, 2), GUID_BYTE(a, 3), GUID_BYTE(b, 0), GUID_BYTE(b, 1), \
                                GUID_BYTE(c, 0), GUID_BYTE(c, 1), GUID_BYTE(d, 1), GUID_BYTE(d, 0), GUID_BYTE(e, 5),          \
                                GUID_BYTE(e, 4), GUID_BYTE(e, 3), GUID_BYTE(e, 2), GUID_BYTE(e, 1), GUID_BYTE(e, 0)           \
                }                                                                                                             \
        }

#endif
