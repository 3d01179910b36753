/* SPDX-License-Identifier: GPL-2.0-or-later */
/* eMMC by the kernel's MMC_IOC_CMD: EXT_CSD. Only asks. Source: JESD84-B51, 7.4. */
#include "linux/media/media-mmc.h"

#include "linux/media/media-adapter.h"
#include <errno.h>
#include <sys/ioctl.h>

enum { SEND_EXT_CSD = 8 };

int media_mmc_ext_csd(int fd, struct media_facts *facts, struct mmc_abilities *ret)
{
        uint8_t data[MMC_EXT_CSD_SIZE] = { 0 };
        struct mmc_ioc_cmd command = { .opcode = SEND_EXT_CSD,
                                       .flags = MMC_RESPONSE_R1 | MMC_COMMAND_ADTC,
                                       .blksz = MMC_EXT_CSD_SIZE,
                                       .blocks = 1,
                                       .data_ptr = (uint64_t)(uintptr_t)data };

        if (ioctl(fd, MMC_IOC_CMD, &command) < 0)
                return -errno;
        return mmc_ext_csd_parse(data, sizeof(data), facts, ret) == ERR_OK ? 0 : -EOPNOTSUPP;
}

int media_mmc_read(int fd, struct media_facts *facts)
{
        struct mmc_abilities abilities;

        return media_mmc_ext_csd(fd, facts, &abilities);
}
