/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The path by which whoever started the stub says it was loaded. A device path in memory has no bound but its own end, so the
 * input is made one that ends: what its nodes hold is anybody's. */
#include "efi/device-path.h"
#include "tests/fuzz/fuzz.h"

#define END_SIZE 4

static uint8_t *ending(const uint8_t *data, size_t size)
{
        static const uint8_t end[END_SIZE] = { 0x7f, 0xff, END_SIZE, 0 };
        uint8_t *path = malloc(size + END_SIZE);
        size_t at = 0;
        memcpy(path, data, size);
        while (size - at >= END_SIZE) {
                size_t node = load_le16(path + at + 2);
                if ((path[at] & 0x7f) == 0x7f || node < END_SIZE || node > size - at)
                        break;
                at += node;
        }
        memcpy(path + at, end, END_SIZE);
        return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char text[64];
        uint8_t *path = ending(data, size);
        struct writer writer = writer_over(text, sizeof(text));
        bool readable = device_path_file((const EFI_DEVICE_PATH *)(const void *)path, &writer);
        MUST(writer.size <= sizeof(text) && (writer.size == 0 || !readable || writer.overflow || text[0] == '\\'));
        free(path);
        return 0;
}
