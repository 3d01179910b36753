/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any reply of an ATA disk; the first byte says to which command. Checksums are put right first, or no input would come far. */
#include "common/media/ata-identify.h"
#include "common/media/media-json.h"
#include "tests/fuzz/fuzz.h"

static void mend(uint8_t *block)
{
        uint8_t sum = 0;

        for (size_t i = 0; i < ATA_BLOCK_SIZE - 1; i++)
                sum = (uint8_t)(sum + block[i]);
        block[ATA_BLOCK_SIZE - 1] = (uint8_t)-sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct media_facts facts = { .bus = MEDIA_ATA };
        struct ata_abilities abilities;
        struct ata_registers registers;
        struct ata_sanitize_status status;
        static uint8_t buffer[MEDIA_JSON_MAX], block[ATA_BLOCK_SIZE];
        struct writer json = writer_over(buffer, sizeof(buffer));
        uint64_t sectors;

        if (size < 1)
                return 0;
        memset(block, 0, sizeof(block));
        memcpy(block, data + 1, size - 1 < sizeof(block) ? size - 1 : sizeof(block));
        mend(block);
        switch (data[0] % 4) {
        case 0:
                if (ata_identify_parse(block, sizeof(block), &facts, &abilities) == ERR_OK)
                        MUST(abilities.sector_bytes >= 512 && abilities.sectors < UINT64_C(1) << 48);
                break;
        case 1:
                if (ata_configuration_sectors(block, sizeof(block), &sectors) == ERR_OK)
                        MUST(sectors > 0 && sectors < UINT64_C(1) << 48);
                break;
        case 2:
                (void)ata_smart_parse(block, sizeof(block), &facts.health);
                break;
        default:
                if (ata_registers_parse(data + 1, size - 1, &registers) == ERR_OK) {
                        MUST(registers.lba < UINT64_C(1) << 48);
                        (void)ata_sanitize_parse(&registers, &status);
                }
        }
        media_facts_json(&json, &facts);
        MUST(!json.overflow && text_is_utf8((const char *)buffer, json.size));
        MUST((facts.techniques & 1) == 0 && facts.techniques < MEDIA_TECHNIQUE_BIT(MEDIA_TECHNIQUE_COUNT));
        return 0;
}
