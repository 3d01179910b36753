/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any reply of an NVMe device; the first byte says to which command. What is taken over is text, in range, and fits its JSON. */
#include "common/media/media-json.h"
#include "common/media/nvme-identify.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct media_facts facts = { .bus = MEDIA_NVME };
        struct nvme_namespace name_space;
        struct nvme_sanitize_status status;
        static uint8_t buffer[MEDIA_JSON_MAX];
        struct writer json = writer_over(buffer, sizeof(buffer));
        uint32_t count;

        if (size < 1)
                return 0;
        switch (data[0] % 5) {
        case 0:
                (void)nvme_controller_parse(data + 1, size - 1, &facts);
                break;
        case 1:
                if (nvme_namespace_parse(data + 1, size - 1, &name_space, &facts) == ERR_OK)
                        MUST(name_space.sector_bytes >= 512 && name_space.size_bytes % name_space.sector_bytes == 0 &&
                             name_space.format < 64);
                break;
        case 2:
                if (nvme_namespace_count(data + 1, size - 1, &count) == ERR_OK)
                        MUST(count <= NVME_IDENTIFY_SIZE / 4);
                break;
        case 3:
                (void)nvme_smart_parse(data + 1, size - 1, &facts.health);
                break;
        default:
                if (nvme_sanitize_parse(data + 1, size - 1, &status) == ERR_OK)
                        MUST(status.state <= NVME_SANITIZE_FAILED);
        }
        media_facts_json(&json, &facts);
        MUST(!json.overflow && text_is_utf8((const char *)buffer, json.size));
        MUST((facts.techniques & 1) == 0 && facts.techniques < MEDIA_TECHNIQUE_BIT(MEDIA_TECHNIQUE_COUNT));
        return 0;
}
