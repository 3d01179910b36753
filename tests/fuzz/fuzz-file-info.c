/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry of a directory as firmware gives it: whatever is taken stays within its directory, and the nameless reading agrees. */
#include "common/format/file-info.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct file_info file, nameless;
        enum err err;

        memset(&file, 0, sizeof(file));
        memset(&nameless, 0, sizeof(nameless));
        err = file_info_parse_nameless(data, size, &nameless);
        MUST((err == ERR_OK) == (size >= 80));
        if (file_info_parse(data, size, &file) != ERR_OK)
                return 0;
        MUST(err == ERR_OK && file.size_bytes == nameless.size_bytes && file.directory == nameless.directory);
        MUST(strlen(file.name) > 0 && strlen(file.name) < FILE_NAME_MAX);
        MUST(strcmp(file.name, ".") != 0 && strcmp(file.name, "..") != 0);
        for (const char *at = file.name; *at != '\0'; at++)
                MUST(*at >= ' ' && *at < 0x7f && *at != '/' && *at != '\\');
        return 0;
}
