/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the format of a GUID partition table fixes (UEFI 2.10, 5.3.3), and what a reset takes from it. */
#ifndef CLEANSLATE_COMMON_GPT_H
#define CLEANSLATE_COMMON_GPT_H

#include <stdint.h>

#define PARTITION_NAME_MAX 109 /* 36 UTF-16 units as UTF-8, and the NUL */

/* GPT attribute that marks a partition for erasure beyond the policy. It can only ever add to what is erased. */
#define GPT_ATTRIBUTE_ERASE (UINT64_C(1) << 57)

/* The file system is to fill its partition (UAPI.2, "Partition Attribute Flags"). */
#define GPT_ATTRIBUTE_GROW (UINT64_C(1) << 59)

#endif
