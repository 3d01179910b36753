/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot entries and boot orders as any system may have written them. */
#include "common/boot/profile-option.h"
#include "common/format/load-option.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const uint16_t drop[] = { 0, 0x4141 };
        struct load_option option, before;
        char path[LOAD_OPTION_FILE_MAX];
        uint8_t *order = malloc(size + 1);
        uint16_t number;
        size_t left;

        memset(&option, 0xa5, sizeof(option));
        memcpy(&before, &option, sizeof(before)); /* its holes too: nothing at all is touched */
        if (load_option_parse(data, size, &option) != ERR_OK)
                MUST(memcmp(&option, &before, sizeof(option)) == 0);
        else
                MUST(strnlen(option.file, sizeof(option.file)) < sizeof(option.file) && option.file[0] != '/' &&
                     !(option.in_firmware && (option.has_partition || option.file[0] != '\0' || option.file_unknown)));
        if (load_option_parse(data, size, &option) == ERR_OK && option.selector_at > 0) {
                uint8_t *value = malloc(size);

                memcpy(value, data, size);
                MUST(option.has_data && option.data_at <= option.selector_at && option.selector_at < size);
                MUST(load_option_parse(value, load_option_drop_selector(&option, value), &before) == ERR_OK);
                MUST(before.selector_at == 0 && guid_equal(&before.partition, &option.partition));
                MUST(memcmp(before.file, option.file, sizeof(option.file)) == 0);
                free(value);
        } else if (load_option_parse(data, size, &option) == ERR_OK) {
                MUST(profile_option_parse(data + option.data_at, size - option.data_at).profile == 0);
        }
        if (key_option_boot_entry(data, size, &number))
                MUST(size >= 10);
        if (firmware_path_read(data, size, path))
                MUST(path[0] != '\0' && path[0] != '/' && strnlen(path, sizeof(path)) < sizeof(path));

        left = boot_order_without(data, size, drop, 2, order);
        MUST(left <= size && left % 2 == 0);
        for (size_t at = 0; at < left; at += 2)
                MUST(load_le16(order + at) != drop[0] && load_le16(order + at) != drop[1]);
        free(order);
        return 0;
}
