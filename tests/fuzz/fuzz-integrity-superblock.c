/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The superblock of dm-integrity as somebody with the disk writes it: the device's size in sectors first, then the superblock,
 * filled up with zeros. */
#include "common/format/integrity-superblock.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint8_t superblock[INTEGRITY_SUPERBLOCK_SIZE] = { 0 };
        uint64_t device, sectors = 0;

        if (size < sizeof(device))
                return 0;
        device = load_le64(data);
        size -= sizeof(device);
        memcpy(superblock, data + sizeof(device), size < sizeof(superblock) ? size : sizeof(superblock));
        if (integrity_superblock_judge((struct bytes){ superblock, sizeof(superblock) }, device, &sectors) == ERR_OK)
                MUST(sectors > 0 && sectors % (INTEGRITY_BLOCK_SIZE / 512) == 0 && sectors < device);
        else
                MUST(sectors == 0);
        return 0;
}
