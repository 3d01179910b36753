/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No section that is found reaches out of the image. */
#include "common/format/uki.h"
#include "tests/fuzz/fuzz.h"

static void check(const uint8_t *data, size_t size, enum uki_layout layout, unsigned profile)
{
        struct uki uki;

        if (uki_find_sections(data, size, layout, profile, &uki) != ERR_OK)
                return;
        for (size_t i = 0; i < UKI_SECTION_COUNT; i++) {
                const struct bytes *section = &uki.sections[i];

                MUST((section->data == NULL) == (section->size == 0));
                if (section->data == NULL)
                        continue;
                MUST(section->data >= data && (size_t)(section->data - data) < size);
                MUST(section->size <= size - (size_t)(section->data - data));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        check(data, size, UKI_LOADED, 0);
        check(data, size, UKI_LOADED, 1);
        check(data, size, UKI_FILE, 0);
        return 0;
}
