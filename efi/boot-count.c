/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The count of ordinary boots; see boot-count.h. */
#include "efi/boot-count.h"
#include "efi/variables.h"

struct boot_count boot_count_read(const struct platform *platform, bool *ret_damaged)
{
        struct variable variable = { 0 };
        EFI_STATUS status = variable_read_ordinary(platform, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, &variable);
        struct boot_count count = { 0 };

        *ret_damaged =
                EFI_ERROR(status) ? status != EFI_NOT_FOUND : boot_count_decode(variable.value, variable.size, &count) != ERR_OK;
        variable_done(platform, &variable);
        return count;
}

EFI_STATUS boot_count_write(const struct platform *platform, uint32_t boots)
{
        uint8_t encoded[BOOT_COUNT_ENCODED_SIZE];

        boot_count_encode(&(struct boot_count){ .boots = boots }, encoded);
        return variable_store(platform, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, encoded, sizeof(encoded));
}
