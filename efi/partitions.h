/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names the partitions of the disk we were started from, for a person to read before a reset is confirmed. Reads only, and
 * decides nothing: what is erased, the initrd plans from the verified image's policy. */
#ifndef CLEANSLATE_EFI_PARTITIONS_H
#define CLEANSLATE_EFI_PARTITIONS_H

#include "common/format/gpt-view.h"
#include "efi/platform.h"

/* Those that are not the system's (gpt_partition_is_system()), the first `capacity` of them in ret; *ret_count may be more.
 * `device` is the partition's handle that the image was started from. On failure *ret_why says why, in words. */
EFI_STATUS partitions_list(const struct platform *platform, EFI_HANDLE device, struct gpt_partition *ret, size_t capacity,
                           size_t *ret_count, const char **ret_why);

#endif
