/* SPDX-License-Identifier: GPL-2.0-or-later */
/* eMMC by the kernel's MMC_IOC_CMD: erase and sanitize, secure erase. Covers the user area; boot and general purpose partitions
 * are devices of their own to the kernel, and RPMB cannot be erased by anybody. Source: JESD84-B51, 6.6.8 to 6.6.13. */
#include "linux/media/media-mmc.h"
#include "linux/media/media-purge-adapter.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

enum { SWITCH = 6, ERASE_GROUP_START = 35, ERASE_GROUP_END = 36, ERASE = 38 };
#define ERASE_PLAIN  0u
#define ERASE_SECURE 0x80000000u
#define SWITCH_WRITE 3u

/* Card status (6.13): OUT_OF_RANGE, ADDRESS_ERROR, ERASE_SEQ_ERROR, ERASE_PARAM, WP_VIOLATION, ERROR, WP_ERASE_SKIP, SWITCH_ERROR
 */
#define STATUS_ERRORS (1u << 31 | 1u << 30 | 1u << 28 | 1u << 27 | 1u << 26 | 1u << 19 | 1u << 15 | 1u << 7)

#define TIMEOUT_MIN_MS (60u * 1000)
#define TIMEOUT_MAX_MS (60u * 60 * 1000)

static struct mmc_ioc_cmd erase_command(uint32_t opcode, uint32_t argument, uint32_t timeout_ms)
{
        return (struct mmc_ioc_cmd){ .write_flag = 1,
                                     .opcode = opcode,
                                     .arg = argument,
                                     .flags = (opcode == ERASE ? MMC_RESPONSE_R1B : MMC_RESPONSE_R1) | MMC_COMMAND_AC,
                                     .cmd_timeout_ms = timeout_ms };
}

/* As long as the device's own figures allow, and never so short that a figure of its own could break the erase. */
static uint32_t erase_timeout(const struct mmc_abilities *abilities, bool secure)
{
        uint64_t groups = abilities->group_sectors ? abilities->sectors / abilities->group_sectors + 1 : 1;
        uint64_t total = groups * abilities->erase_ms * (secure && abilities->secure_factor ? abilities->secure_factor : 1);

        return total < TIMEOUT_MIN_MS ? TIMEOUT_MIN_MS : total > TIMEOUT_MAX_MS ? TIMEOUT_MAX_MS : (uint32_t)total;
}

static int failed(const struct purge_run *run, int error, const char *what, uint32_t status)
{
        run->result->device_status = status;
        purge_say(run, "%s failed (card status 0x%x): data may be left on it", what, status);
        return error;
}

/* All three in one ioctl, so that nothing of the kernel's gets between them. */
static int erase_all(const struct purge_run *run, const struct mmc_abilities *abilities, bool secure)
{
        uint64_t last = abilities->sector_addressed ? abilities->sectors - 1 : run->facts->size_bytes - 512;
        struct mmc_ioc_multi_cmd *all = calloc(1, sizeof(*all) + 3 * sizeof(all->cmds[0]));

        if (!all)
                return -ENOMEM;
        all->num_of_cmds = 3;
        all->cmds[0] = erase_command(ERASE_GROUP_START, 0, 0);
        all->cmds[1] = erase_command(ERASE_GROUP_END, (uint32_t)last, 0);
        all->cmds[2] = erase_command(ERASE, secure ? ERASE_SECURE : ERASE_PLAIN, erase_timeout(abilities, secure));
        int r = ioctl(run->fd, MMC_IOC_MULTI_CMD, all) < 0 ? -errno : 0;
        uint32_t status = 0;
        for (size_t i = 0; i < 3; i++)
                status |= all->cmds[i].response[0] & STATUS_ERRORS;
        free(all);
        if (r < 0 || status != 0)
                return failed(run, r < 0 ? r : -EIO, secure ? "the secure erase" : "the erase", status);
        return 0;
}

/* Sanitize removes what is no longer mapped, so everything is unmapped before. Not by a discard: the standard exempts that. */
static int sanitize(const struct purge_run *run, const struct mmc_abilities *abilities)
{
        struct mmc_ioc_cmd command = { .write_flag = 1,
                                       .opcode = SWITCH,
                                       .arg = SWITCH_WRITE << 24 | (uint32_t)MMC_EXT_CSD_SANITIZE_START << 16 | 1u << 8 | 1u,
                                       .flags = MMC_RESPONSE_R1B | MMC_COMMAND_AC,
                                       .cmd_timeout_ms = TIMEOUT_MAX_MS };
        int r = erase_all(run, abilities, false);

        if (r < 0)
                return r;
        if (ioctl(run->fd, MMC_IOC_CMD, &command) < 0)
                return failed(run, -errno, "the sanitize", command.response[0]);
        if (command.response[0] & STATUS_ERRORS)
                return failed(run, -EIO, "the sanitize", command.response[0]);
        return 0;
}

int media_mmc_purge(const struct purge_run *run)
{
        struct media_facts now = { 0 };
        struct mmc_abilities abilities;
        int r = media_mmc_ext_csd(run->fd, &now, &abilities);

        if (r == 0 && (abilities.sectors == 0 || !media_offers(&now, run->technique)))
                r = -EOPNOTSUPP;
        if (r < 0) {
                purge_say(run, "the card does not answer with what %s needs; nothing was erased",
                          media_technique_text(run->technique));
                return r;
        }
        return run->technique == MEDIA_MMC_SANITIZE ? sanitize(run, &abilities) : erase_all(run, &abilities, true);
}
