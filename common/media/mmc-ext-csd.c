/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EXT_CSD; see mmc-ext-csd.h. */
#include "common/media/mmc-ext-csd.h"
#include "common/base/bytes.h"

enum { AT_REVISION = 192, AT_SECTORS = 212, AT_ERASE_TIMEOUT = 223, AT_GROUP_SIZE = 224, AT_SECURE_ERASE_FACTOR = 230 };
enum { AT_SECURE_FEATURES = 231, AT_PRE_EOL = 267, AT_LIFE_A = 268, AT_LIFE_B = 269 };
#define SECURE_ERASE    (1u << 0)
#define SECURE_SANITIZE (1u << 6)

#define REVISION_MIN     2
#define REVISION_LIFE    7 /* eMMC 5.0 */
#define TWO_GIB_SECTORS  (UINT32_C(4) << 20)
#define GROUP_SECTORS    1024u /* HC_ERASE_GRP_SIZE counts 512 KiB */
#define ERASE_TIMEOUT_MS 300u  /* ERASE_TIMEOUT_MULT counts 300 ms */
#define PRE_EOL_NORMAL   1

static struct media_health health(const uint8_t *bytes)
{
        struct media_health found = { .temperature_celsius = INT16_MIN };
        unsigned life = bytes[AT_LIFE_A] > bytes[AT_LIFE_B] ? bytes[AT_LIFE_A] : bytes[AT_LIFE_B];

        if (bytes[AT_REVISION] < REVISION_LIFE)
                return found;
        found.known = bytes[AT_PRE_EOL] != 0 || life != 0;
        found.failing = bytes[AT_PRE_EOL] > PRE_EOL_NORMAL;
        found.worn_known = life >= 1 && life <= 11;
        found.percentage_used = found.worn_known ? (uint8_t)(life * 10) : 0; /* n: up to n * 10 %; 11: beyond the rated life */
        return found;
}

enum err mmc_ext_csd_parse(const void *data, size_t size, struct media_facts *ret, struct mmc_abilities *ret_abilities)
{
        const uint8_t *bytes = data;

        if (size < MMC_EXT_CSD_SIZE)
                return ERR_TRUNCATED;
        if (bytes[AT_REVISION] < REVISION_MIN)
                return ERR_VERSION;
        ret->techniques = 0;
        if (bytes[AT_SECURE_FEATURES] & SECURE_SANITIZE)
                ret->techniques |= MEDIA_TECHNIQUE_BIT(MEDIA_MMC_SANITIZE);
        if (bytes[AT_SECURE_FEATURES] & SECURE_ERASE)
                ret->techniques |= MEDIA_TECHNIQUE_BIT(MEDIA_MMC_SECURE_ERASE) | MEDIA_TECHNIQUE_BIT(MEDIA_SECURE_DISCARD);
        ret->health = health(bytes);
        *ret_abilities = (struct mmc_abilities){
                .sectors = load_le32(bytes + AT_SECTORS),
                .sector_addressed = load_le32(bytes + AT_SECTORS) > TWO_GIB_SECTORS,
                .erase_ms = ERASE_TIMEOUT_MS * bytes[AT_ERASE_TIMEOUT],
                .group_sectors = GROUP_SECTORS * bytes[AT_GROUP_SIZE],
                .secure_factor = bytes[AT_SECURE_ERASE_FACTOR],
        };
        return ERR_OK;
}
