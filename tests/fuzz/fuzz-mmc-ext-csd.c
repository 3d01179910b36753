/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any EXT_CSD. Short inputs are filled up with zeros, as well as tried as they are. */
#include "common/media/media-json.h"
#include "common/media/mmc-ext-csd.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct media_facts facts = { .bus = MEDIA_MMC };
        struct mmc_abilities abilities;
        static uint8_t buffer[MEDIA_JSON_MAX], block[MMC_EXT_CSD_SIZE];
        struct writer json = writer_over(buffer, sizeof(buffer));

        (void)mmc_ext_csd_parse(data, size, &facts, &abilities);
        memset(block, 0, sizeof(block));
        if (size > 0)
                memcpy(block, data, size < sizeof(block) ? size : sizeof(block));
        if (mmc_ext_csd_parse(block, sizeof(block), &facts, &abilities) == ERR_OK)
                MUST(facts.health.percentage_used <= 110 && (!facts.health.worn_known || facts.health.percentage_used >= 10));
        media_facts_json(&json, &facts);
        MUST(!json.overflow);
        MUST((facts.techniques & 1) == 0 && facts.techniques < MEDIA_TECHNIQUE_BIT(MEDIA_TECHNIQUE_COUNT));
        return 0;
}
