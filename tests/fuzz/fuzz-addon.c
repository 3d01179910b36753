/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PE file as the firmware has loaded it: what is taken of an addon lies within it, and an image with a kernel is none. */
#include "common/boot/addon.h"
#include "tests/fuzz/fuzz.h"

static void check_within(struct bytes part, const uint8_t *data, size_t size)
{
        MUST(part.size == 0 || (part.data >= data && part.size <= size && (size_t)(part.data - data) <= size - part.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct uki image = { .sections[UKI_UNAME] = { (const uint8_t *)"6.1.0", 5 } };
        struct uki addon;
        struct bytes line;

        memset(&addon, 0, sizeof(addon));
        if (uki_find_sections(data, size, UKI_LOADED, 0, &addon) != ERR_OK || addon_judge(&addon, &image) != ERR_OK)
                return 0;
        MUST(addon.sections[UKI_LINUX].data == NULL);
        line = addon_line(&addon);
        check_within(line, data, size);
        check_within(addon.sections[UKI_INITRD], data, size);
        check_within(addon.sections[UKI_UCODE], data, size);
        MUST(text_is_utf8((const char *)line.data, line.size));
        for (size_t i = 0; i < line.size; i++)
                MUST(line.data[i] != 0);
        MUST(line.size == 0 || (line.data[0] > ' ' && line.data[line.size - 1] > ' '));
        return 0;
}
