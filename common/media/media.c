/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of buses and techniques; see media.h. */
#include "common/media/media.h"
#include "common/base/bytes.h"

static const struct {
        const char *name, *text;
} techniques[] = {
        [MEDIA_TECHNIQUE_NONE] = { "none", "none" },
        [MEDIA_NVME_SANITIZE_BLOCK] = { "nvme-sanitize-block", "NVMe Sanitize, block erase" },
        [MEDIA_NVME_SANITIZE_CRYPTO] = { "nvme-sanitize-crypto", "NVMe Sanitize, cryptographic erase" },
        [MEDIA_NVME_SANITIZE_OVERWRITE] = { "nvme-sanitize-overwrite", "NVMe Sanitize, overwrite" },
        [MEDIA_NVME_FORMAT_ERASE] = { "nvme-format-erase", "NVMe Format NVM, user data erase" },
        [MEDIA_NVME_FORMAT_CRYPTO] = { "nvme-format-crypto", "NVMe Format NVM, cryptographic erase" },
        [MEDIA_ATA_SANITIZE_BLOCK] = { "ata-sanitize-block", "ATA SANITIZE, block erase" },
        [MEDIA_ATA_SANITIZE_CRYPTO] = { "ata-sanitize-crypto", "ATA SANITIZE, crypto scramble" },
        [MEDIA_ATA_SANITIZE_OVERWRITE] = { "ata-sanitize-overwrite", "ATA SANITIZE, overwrite" },
        [MEDIA_ATA_SECURE_ERASE_ENHANCED] = { "ata-secure-erase-enhanced", "ATA SECURITY ERASE UNIT, enhanced" },
        [MEDIA_ATA_SECURE_ERASE] = { "ata-secure-erase", "ATA SECURITY ERASE UNIT, normal" },
        [MEDIA_SCSI_SANITIZE_BLOCK] = { "scsi-sanitize-block", "SCSI SANITIZE, block erase" },
        [MEDIA_SCSI_SANITIZE_CRYPTO] = { "scsi-sanitize-crypto", "SCSI SANITIZE, cryptographic erase" },
        [MEDIA_SCSI_SANITIZE_OVERWRITE] = { "scsi-sanitize-overwrite", "SCSI SANITIZE, overwrite" },
        [MEDIA_MMC_SANITIZE] = { "mmc-sanitize", "eMMC erase and sanitize" },
        [MEDIA_MMC_SECURE_ERASE] = { "mmc-secure-erase", "eMMC secure erase" },
        [MEDIA_SECURE_DISCARD] = { "secure-discard", "secure discard" },
};
_Static_assert(ARRAY_SIZE(techniques) == MEDIA_TECHNIQUE_COUNT, "every technique has a name");
_Static_assert(MEDIA_TECHNIQUE_COUNT <= 32, "every technique has a bit");

const char *media_bus_name(enum media_bus bus)
{
        static const char *const names[] = { "other", "nvme", "ata", "scsi", "mmc", "virtio" };
        _Static_assert(ARRAY_SIZE(names) == MEDIA_BUS_COUNT, "every bus has a name");

        return (unsigned)bus < MEDIA_BUS_COUNT ? names[bus] : names[MEDIA_OTHER];
}

const char *media_technique_name(enum media_technique technique)
{
        return techniques[(unsigned)technique < MEDIA_TECHNIQUE_COUNT ? technique : MEDIA_TECHNIQUE_NONE].name;
}

const char *media_technique_text(enum media_technique technique)
{
        return techniques[(unsigned)technique < MEDIA_TECHNIQUE_COUNT ? technique : MEDIA_TECHNIQUE_NONE].text;
}

bool media_technique_from_name(const char *name, enum media_technique *ret)
{
        for (size_t i = MEDIA_TECHNIQUE_NONE + 1; i < MEDIA_TECHNIQUE_COUNT; i++) {
                if (!text_equal(name, techniques[i].name))
                        continue;
                *ret = (enum media_technique)i;
                return true;
        }
        return false;
}

static bool is_padding(uint8_t byte)
{
        return byte == ' ' || byte == 0;
}

void media_copy_text(char *ret, size_t capacity, const uint8_t *field, size_t size)
{
        size_t length = 0;

        while (size > 0 && is_padding(field[0])) {
                field++;
                size--;
        }
        while (size > 0 && is_padding(field[size - 1]))
                size--;
        for (; length < size && length + 1 < capacity; length++)
                ret[length] = field[length] >= 0x20 && field[length] < 0x7f ? (char)field[length] : '?';
        ret[length] = 0;
}
