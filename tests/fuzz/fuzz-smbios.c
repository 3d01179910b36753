/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures of SMBIOS: what is found lies within them, behind the prefix, and ends where its string does; and an entry point
 * that is taken has bounds. */
#include "common/format/smbios.h"
#include "tests/fuzz/fuzz.h"

#define PREFIX "io.systemd.stub.kernel-cmdline-extra="

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct bytes found = smbios_oem_string((struct bytes){ data, size }, PREFIX);
        struct smbios_table table = { 0 };

        if (found.data != NULL) {
                size_t at = (size_t)(found.data - data);

                MUST(found.data > data && at >= strlen(PREFIX) && at <= size && found.size < size - at);
                MUST(memcmp(found.data - strlen(PREFIX), PREFIX, strlen(PREFIX)) == 0 && found.data[found.size] == 0);
                MUST(memchr(found.data, 0, found.size) == NULL);
        }
        if (smbios_entry_parse((struct bytes){ data, size }, &table) == ERR_OK)
                MUST(table.size <= SMBIOS_TABLE_MAX && (size == SMBIOS_ENTRY_3_SIZE || size == SMBIOS_ENTRY_2_SIZE));
        return 0;
}
