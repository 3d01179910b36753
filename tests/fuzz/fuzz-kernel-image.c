/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel from anywhere: whatever it says, what is copied comes from the file and lands in the memory that was asked for, and
 * what is jumped to is code. */
#include "common/boot/kernel-image.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct kernel_image image;
        struct kernel_section section;
        bool is_code = false;
        size_t number = 0;

        if (kernel_image_read((struct bytes){ data, size }, &image) != ERR_OK)
                return 0;
        MUST(image.memory_size > 0 && image.memory_size <= KERNEL_MEMORY_MAX && image.entry < image.memory_size);
        MUST(image.alignment >= KERNEL_PAGE && (image.alignment & (image.alignment - 1)) == 0);
        MUST(image.headers.data == data && image.headers.size <= size && image.headers.size <= image.memory_size);
        while (kernel_image_section(&image, number++, &section)) {
                MUST(section.address <= image.memory_size && section.size <= image.memory_size - section.address);
                MUST(section.content.size <= section.size);
                MUST(section.content.size == 0 ||
                     (section.content.data >= data && section.content.size <= size - (size_t)(section.content.data - data)));
                MUST(!image.nx_compat || section.address % KERNEL_PAGE == 0);
                is_code = is_code ||
                          (section.executable && image.entry >= section.address && image.entry - section.address < section.size);
        }
        MUST(is_code);
        return 0;
}
