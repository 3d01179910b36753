/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of preference and the reasons against; see purge-choice.h. */
#include "common/media/purge-choice.h"
#include "common/base/bytes.h"

static const uint8_t flash_order[] = {
        MEDIA_NVME_SANITIZE_BLOCK,       MEDIA_ATA_SANITIZE_BLOCK,      MEDIA_SCSI_SANITIZE_BLOCK,  MEDIA_MMC_SANITIZE,
        MEDIA_NVME_SANITIZE_CRYPTO,      MEDIA_ATA_SANITIZE_CRYPTO,     MEDIA_SCSI_SANITIZE_CRYPTO, MEDIA_NVME_SANITIZE_OVERWRITE,
        MEDIA_ATA_SANITIZE_OVERWRITE,    MEDIA_SCSI_SANITIZE_OVERWRITE, MEDIA_NVME_FORMAT_ERASE,    MEDIA_NVME_FORMAT_CRYPTO,
        MEDIA_ATA_SECURE_ERASE_ENHANCED, MEDIA_MMC_SECURE_ERASE,        MEDIA_SECURE_DISCARD,
};
static const uint8_t magnetic_order[] = {
        MEDIA_ATA_SANITIZE_CRYPTO,     MEDIA_SCSI_SANITIZE_CRYPTO,      MEDIA_NVME_SANITIZE_CRYPTO, MEDIA_ATA_SANITIZE_OVERWRITE,
        MEDIA_SCSI_SANITIZE_OVERWRITE, MEDIA_NVME_SANITIZE_OVERWRITE,   MEDIA_ATA_SANITIZE_BLOCK,   MEDIA_SCSI_SANITIZE_BLOCK,
        MEDIA_NVME_SANITIZE_BLOCK,     MEDIA_ATA_SECURE_ERASE_ENHANCED, MEDIA_NVME_FORMAT_ERASE,    MEDIA_NVME_FORMAT_CRYPTO,
};

static bool is_crypto(enum media_technique technique)
{
        return technique == MEDIA_NVME_SANITIZE_CRYPTO || technique == MEDIA_ATA_SANITIZE_CRYPTO ||
               technique == MEDIA_SCSI_SANITIZE_CRYPTO || technique == MEDIA_NVME_FORMAT_CRYPTO;
}

static bool is_ata_sanitize(enum media_technique technique)
{
        return technique == MEDIA_ATA_SANITIZE_BLOCK || technique == MEDIA_ATA_SANITIZE_CRYPTO ||
               technique == MEDIA_ATA_SANITIZE_OVERWRITE;
}

static bool is_secure_erase(enum media_technique technique)
{
        return technique == MEDIA_ATA_SECURE_ERASE_ENHANCED || technique == MEDIA_ATA_SECURE_ERASE;
}

bool purge_technique_counts(enum media_technique technique, const struct media_facts *facts, bool crypto_counts)
{
        if (technique == MEDIA_TECHNIQUE_NONE || (unsigned)technique >= MEDIA_TECHNIQUE_COUNT || facts->bus == MEDIA_VIRTIO)
                return false;
        if (technique == MEDIA_ATA_SECURE_ERASE)
                return false;
        if (technique == MEDIA_SECURE_DISCARD) /* only the eMMC standard says what becomes of the blocks */
                return facts->bus == MEDIA_MMC;
        return !is_crypto(technique) || crypto_counts;
}

/* What stands against one technique that the device offers and that would count. */
static enum purge_obstacle obstacle_of(enum media_technique technique, const struct media_facts *facts)
{
        if (is_ata_sanitize(technique) && facts->sanitize_frozen)
                return PURGE_FROZEN;
        if (is_secure_erase(technique) && facts->security.frozen)
                return PURGE_FROZEN;
        if (is_secure_erase(technique) && facts->security.count_expired)
                return PURGE_COUNT_EXPIRED;
        return PURGE_POSSIBLE;
}

/* What stands against the device as a whole. */
static enum purge_obstacle obstacle_of_device(const struct media_facts *facts, const struct purge_options *options)
{
        if (facts->read_only)
                return PURGE_READ_ONLY;
        if (facts->bus == MEDIA_VIRTIO)
                return PURGE_VIRTUAL;
        if (facts->techniques == 0)
                return PURGE_NOT_OFFERED;
        if (facts->security.locked)
                return facts->security.count_expired ? PURGE_COUNT_EXPIRED : PURGE_LOCKED;
        if (facts->usb && !options->through_usb)
                return PURGE_USB_BRIDGE;
        return PURGE_POSSIBLE;
}

/* The first technique of the order that counts and can be had. */
static enum media_technique pick(const struct media_facts *facts, const struct purge_options *options,
                                 enum purge_obstacle *ret_obstacle)
{
        const uint8_t *order = facts->rotational ? magnetic_order : flash_order;
        size_t count = facts->rotational ? sizeof(magnetic_order) : sizeof(flash_order);
        enum purge_obstacle obstacle = PURGE_CLEAR_ONLY;
        bool crypto_refused = false;

        for (size_t i = 0; i < count; i++) {
                enum media_technique technique = (enum media_technique)order[i];

                if (!media_offers(facts, technique))
                        continue;
                crypto_refused = crypto_refused || (is_crypto(technique) && !options->crypto_counts);
                if (!purge_technique_counts(technique, facts, options->crypto_counts))
                        continue;
                enum purge_obstacle against = obstacle_of(technique, facts);
                if (against == PURGE_POSSIBLE)
                        return technique;
                obstacle = against;
        }
        *ret_obstacle = obstacle == PURGE_CLEAR_ONLY && crypto_refused ? PURGE_CRYPTO_ONLY : obstacle;
        return MEDIA_TECHNIQUE_NONE;
}

struct purge_choice purge_choose(const struct media_facts *facts, const struct purge_options *options)
{
        struct purge_choice choice = { .obstacle = obstacle_of_device(facts, options) };

        if (choice.obstacle == PURGE_POSSIBLE)
                choice.technique = pick(facts, options, &choice.obstacle);
        if (choice.technique != MEDIA_TECHNIQUE_NONE)
                choice.level = MEDIA_LEVEL_PURGE;
        else if (options->fallback_to_clear && !facts->read_only && !facts->security.locked)
                choice.level = MEDIA_LEVEL_CLEAR;
        return choice;
}

static const struct {
        const char *name, *text;
} obstacles[] = {
        [PURGE_POSSIBLE] = { "none", "purge possible" },
        [PURGE_READ_ONLY] = { "read-only", "the device is read-only: remove its write protection, then try again" },
        [PURGE_FROZEN] = { "frozen",
                           "frozen by the firmware: suspend and resume the machine, or power-cycle the drive, then try again" },
        [PURGE_LOCKED] = { "locked", "locked with a password: unlock it with that password, or revert it by the PSID on its "
                                     "label, then try again" },
        [PURGE_COUNT_EXPIRED] = { "count-expired", "it had too many wrong passwords: power-cycle the drive, then try again" },
        [PURGE_CRYPTO_ONLY] = { "crypto-only", "it offers cryptographic erase only, and the policy does not say that this counts "
                                               "for this device" },
        [PURGE_USB_BRIDGE] = { "usb-bridge", "it is behind a USB bridge, and the policy does not allow erase commands there: "
                                             "attach it directly" },
        [PURGE_VIRTUAL] = { "virtual",
                            "a virtual disk: where its bytes lie is the host's business, so purge what the host stores it on" },
        [PURGE_CLEAR_ONLY] = { "clear-only", "none of its erase commands reaches the areas that are not addressable" },
        [PURGE_NOT_OFFERED] = { "not-offered", "it has no command that erases it: choose level clear, or destroy it" },
};
_Static_assert(ARRAY_SIZE(obstacles) == PURGE_OBSTACLE_COUNT, "every obstacle has words");

const char *purge_obstacle_name(enum purge_obstacle obstacle)
{
        return (unsigned)obstacle < PURGE_OBSTACLE_COUNT ? obstacles[obstacle].name : "?";
}

const char *purge_obstacle_text(enum purge_obstacle obstacle)
{
        return (unsigned)obstacle < PURGE_OBSTACLE_COUNT ? obstacles[obstacle].text : "?";
}
