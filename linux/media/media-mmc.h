/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What media-mmc, which asks, shares with media-mmc-purge. Nobody else includes this. */
#ifndef CLEANSLATE_LINUX_MEDIA_MMC_H
#define CLEANSLATE_LINUX_MEDIA_MMC_H

#include "common/media/mmc-ext-csd.h"
#include <linux/mmc/ioctl.h>

/* Of the kernel's include/linux/mmc/core.h, which does not export them. */
#define MMC_RESPONSE_R1  ((1u << 0) | (1u << 2) | (1u << 4)) /* present, CRC, opcode */
#define MMC_RESPONSE_R1B (MMC_RESPONSE_R1 | (1u << 3))       /* and busy */
#define MMC_COMMAND_AC   (0u << 5)
#define MMC_COMMAND_ADTC (1u << 5)

int media_mmc_ext_csd(int fd, struct media_facts *facts, struct mmc_abilities *ret);

#endif
