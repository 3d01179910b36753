/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an eMMC says about itself: the EXT_CSD register. Source: JESD84-B51, 7.4. Parsing only. */
#ifndef CLEANSLATE_COMMON_MMC_EXT_CSD_H
#define CLEANSLATE_COMMON_MMC_EXT_CSD_H

#include "common/base/err.h"
#include "common/media/media.h"

#define MMC_EXT_CSD_SIZE 512

#define MMC_EXT_CSD_SANITIZE_START 165 /* index for CMD6 */

struct mmc_abilities {
        uint32_t sectors;       /* of 512 bytes; the user area */
        bool sector_addressed;  /* commands count sectors, not bytes: larger than 2 GiB */
        uint32_t erase_ms;      /* what the device may take for erasing one group */
        uint32_t group_sectors; /* of an erase group; 0 = it does not say */
        uint32_t secure_factor; /* a secure erase may take so many times as long */
};

/* Techniques and health. ERR_TRUNCATED; ERR_VERSION: older than EXT_CSD revision 2, which has none of it. */
enum err mmc_ext_csd_parse(const void *data, size_t size, struct media_facts *ret, struct mmc_abilities *ret_abilities);

#endif
