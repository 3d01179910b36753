/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ATA replies; see ata-identify.h. All of them are 256 little-endian words; text has the bytes of each word swapped. */
#include "common/media/ata-identify.h"
#include "common/base/bytes.h"
#include "common/base/memory.h"

enum { WORD_GENERAL = 0, WORD_SERIAL = 10, WORD_FIRMWARE = 23, WORD_MODEL = 27, WORD_SANITIZE = 59, WORD_SECTORS28 = 60 };
enum {
        WORD_SETS = 82,
        WORD_SETS2 = 83,
        WORD_ERASE_TIME = 89,
        WORD_ENHANCED_TIME = 90,
        WORD_SECTORS48 = 100,
        WORD_SECTOR_SIZE = 106
};
enum {
        WORD_WWN = 108,
        WORD_LOGICAL_WORDS = 117,
        WORD_SETS3 = 119,
        WORD_SECURITY = 128,
        WORD_ROTATION = 217,
        WORD_INTEGRITY = 255
};
enum { SERIAL_WORDS = 10, FIRMWARE_WORDS = 4, MODEL_WORDS = 20 };

static uint16_t word(const uint8_t *data, size_t index)
{
        return load_le16(data + 2 * index);
}

static bool bit(const uint8_t *data, size_t index, unsigned number)
{
        return (word(data, index) >> number & 1) != 0;
}

/* Words 83, 106 and 119 count only if bits 15:14 are 01b. */
static bool is_valid(const uint8_t *data, size_t index)
{
        return word(data, index) >> 14 == 1;
}

static bool sums_to_zero(const uint8_t *data)
{
        uint8_t sum = 0;

        for (size_t i = 0; i < ATA_BLOCK_SIZE; i++)
                sum = (uint8_t)(sum + data[i]);
        return sum == 0;
}

/* The checksum counts only where its signature A5h is there. */
static enum err check(const void *data, size_t size)
{
        if (size < ATA_BLOCK_SIZE)
                return ERR_TRUNCATED;
        return (word(data, WORD_INTEGRITY) & 0xff) == 0xa5 && !sums_to_zero(data) ? ERR_CHECKSUM : ERR_OK;
}

static void copy_text(char *ret, size_t capacity, const uint8_t *data, size_t first, size_t words)
{
        uint8_t swapped[2 * MODEL_WORDS];

        for (size_t i = 0; i < words; i++) {
                swapped[2 * i] = data[2 * (first + i) + 1];
                swapped[2 * i + 1] = data[2 * (first + i)];
        }
        media_copy_text(ret, capacity, swapped, 2 * words);
}

/* In units of two minutes: eight bits, or fifteen where bit 15 says so. The maximum means "or more". */
static uint32_t erase_minutes(uint16_t value)
{
        return 2 * (uint32_t)(value & 0x8000 ? value & 0x7fff : value & 0xff);
}

static struct media_ata_security security(const uint8_t *data)
{
        if (!bit(data, WORD_SETS, 1) || !bit(data, WORD_SECURITY, 0))
                return (struct media_ata_security){ 0 };
        return (struct media_ata_security){
                .supported = true,
                .enabled = bit(data, WORD_SECURITY, 1),
                .locked = bit(data, WORD_SECURITY, 2),
                .frozen = bit(data, WORD_SECURITY, 3),
                .count_expired = bit(data, WORD_SECURITY, 4),
                .enhanced = bit(data, WORD_SECURITY, 5),
                .minutes = erase_minutes(word(data, WORD_ERASE_TIME)),
                .enhanced_minutes = erase_minutes(word(data, WORD_ENHANCED_TIME)),
        };
}

static uint32_t techniques(const uint8_t *data, const struct media_ata_security *lock)
{
        uint32_t found = 0;

        if (bit(data, WORD_SANITIZE, 12)) {
                found |= bit(data, WORD_SANITIZE, 13) ? MEDIA_TECHNIQUE_BIT(MEDIA_ATA_SANITIZE_CRYPTO) : 0;
                found |= bit(data, WORD_SANITIZE, 14) ? MEDIA_TECHNIQUE_BIT(MEDIA_ATA_SANITIZE_OVERWRITE) : 0;
                found |= bit(data, WORD_SANITIZE, 15) ? MEDIA_TECHNIQUE_BIT(MEDIA_ATA_SANITIZE_BLOCK) : 0;
        }
        found |= lock->supported ? MEDIA_TECHNIQUE_BIT(MEDIA_ATA_SECURE_ERASE) : 0;
        found |= lock->supported && lock->enhanced ? MEDIA_TECHNIQUE_BIT(MEDIA_ATA_SECURE_ERASE_ENHANCED) : 0;
        return found;
}

static struct ata_abilities abilities(const uint8_t *data)
{
        bool sets_valid = is_valid(data, WORD_SETS2);
        struct ata_abilities found = {
                .sectors = load_le32(data + 2 * WORD_SECTORS28),
                .sector_bytes = ATA_BLOCK_SIZE,
                .lba48 = sets_valid && bit(data, WORD_SETS2, 10),
                .hpa = bit(data, WORD_SETS, 10),
                .amac = is_valid(data, WORD_SETS3) && bit(data, WORD_SETS3, 8),
                .dco = sets_valid && bit(data, WORD_SETS2, 11),
                .smart = bit(data, WORD_SETS, 0),
                .sanitize = bit(data, WORD_SANITIZE, 12),
        };

        if (found.lba48 && load_le64(data + 2 * WORD_SECTORS48) != 0)
                found.sectors = load_le64(data + 2 * WORD_SECTORS48) & UINT64_C(0xffffffffffff);
        if (is_valid(data, WORD_SECTOR_SIZE) && bit(data, WORD_SECTOR_SIZE, 12)) {
                uint32_t words = load_le32(data + 2 * WORD_LOGICAL_WORDS);
                if (words >= ATA_BLOCK_SIZE / 2 && words <= 32768)
                        found.sector_bytes = 2 * words;
        }
        return found;
}

enum err ata_identify_parse(const void *data, size_t size, struct media_facts *ret, struct ata_abilities *ret_abilities)
{
        static const char digits[] = "0123456789abcdef";
        const uint8_t *bytes = data;
        enum err err = check(data, size);

        if (err != ERR_OK)
                return err;
        if (bit(bytes, WORD_GENERAL, 15)) /* ATAPI */
                return ERR_SYNTAX;
        copy_text(ret->model, sizeof(ret->model), bytes, WORD_MODEL, MODEL_WORDS);
        copy_text(ret->serial, sizeof(ret->serial), bytes, WORD_SERIAL, SERIAL_WORDS);
        copy_text(ret->firmware, sizeof(ret->firmware), bytes, WORD_FIRMWARE, FIRMWARE_WORDS);
        if (word(bytes, WORD_WWN) >> 12 == 5) { /* NAA IEEE registered */
                struct writer writer = writer_over(ret->wwid, sizeof(ret->wwid));
                writer_text(&writer, "naa.");
                for (size_t i = 0; i < 16; i++)
                        writer_char(&writer, digits[word(bytes, WORD_WWN + i / 4) >> (12 - 4 * (i % 4)) & 0xf]);
        }
        ret->security = security(bytes);
        ret->techniques = techniques(bytes, &ret->security);
        if (word(bytes, WORD_ROTATION) == 1)
                ret->rotational = false;
        else if (word(bytes, WORD_ROTATION) > 0x400)
                ret->rotational = true;
        *ret_abilities = abilities(bytes);
        return ERR_OK;
}

enum err ata_configuration_sectors(const void *data, size_t size, uint64_t *ret)
{
        uint64_t last;
        enum err err = check(data, size);

        if (err != ERR_OK)
                return err;
        last = load_le64((const uint8_t *)data + 6); /* words 3 to 6: the last LBA */
        if (last >= UINT64_C(0xffffffffffff))
                return ERR_RANGE;
        *ret = last + 1;
        return ERR_OK;
}

enum err ata_smart_parse(const void *data, size_t size, struct media_health *ret)
{
        const uint8_t *bytes = data;
        struct media_health health = { .known = true, .temperature_celsius = INT16_MIN };

        if (size < ATA_BLOCK_SIZE)
                return ERR_TRUNCATED;
        if (!sums_to_zero(bytes))
                return ERR_CHECKSUM;
        for (size_t i = 0; i < 30; i++) {
                const uint8_t *attribute = bytes + 2 + 12 * i, *raw = attribute + 5;
                uint64_t value = load_le32(raw) | (uint64_t)load_le16(raw + 4) << 32;

                if (attribute[0] == 5)
                        health.reallocated = value;
                else if (attribute[0] == 9)
                        health.power_on_hours = load_le32(raw); /* some makers keep minutes above it */
                else if (attribute[0] == 194)
                        health.temperature_celsius = (int8_t)raw[0]; /* above it: extremes */
                else if (attribute[0] == 197)
                        health.pending = value;
                else if (attribute[0] == 198)
                        health.media_errors = value;
        }
        *ret = health;
        return ERR_OK;
}

enum err ata_sanitize_parse(const struct ata_registers *registers, struct ata_sanitize_status *ret)
{
        struct ata_sanitize_status status = { .frozen = (registers->count >> 13 & 1) != 0 };

        if (registers->status & (ATA_STATUS_ERROR | ATA_STATUS_FAULT)) {
                if ((registers->lba & 0xff) != 1) /* 1 = the last sanitize was not successful */
                        return ERR_UNSUPPORTED;
                status.state = ATA_SANITIZE_FAILED;
        } else if (registers->count >> 14 & 1) {
                status.state = ATA_SANITIZE_RUNNING;
                status.progress = (uint16_t)registers->lba;
        } else if (registers->count >> 15 & 1) {
                status.state = ATA_SANITIZE_DONE;
        }
        *ret = status;
        return ERR_OK;
}

static void from_descriptor(const uint8_t *at, struct ata_registers *ret)
{
        *ret = (struct ata_registers){
                .error = at[3], .count = (uint16_t)(at[4] << 8 | at[5]), .device = at[12], .status = at[13]
        };
        ret->lba = at[7] | (uint64_t)at[9] << 8 | (uint64_t)at[11] << 16 | (uint64_t)at[6] << 24 | (uint64_t)at[8] << 32 |
                   (uint64_t)at[10] << 40;
}

enum err ata_registers_parse(const void *sense, size_t size, struct ata_registers *ret)
{
        const uint8_t *bytes = sense;

        if (size < 8)
                return ERR_TRUNCATED;
        if ((bytes[0] & 0x7f) == 0x70 && size >= 14 && bytes[12] == 0 && bytes[13] == 0x1d) {
                *ret = (struct ata_registers){ .error = bytes[3], .status = bytes[4], .device = bytes[5], .count = bytes[6] };
                ret->lba = bytes[9] | (uint64_t)bytes[10] << 8 | (uint64_t)bytes[11] << 16;
                return ERR_OK;
        }
        if ((bytes[0] & 0x7f) != 0x72)
                return ERR_MISSING;
        for (size_t at = 8; range_fits(size, at, 2); at += 2 + (size_t)bytes[at + 1]) {
                if (bytes[at] != 0x09 || bytes[at + 1] < 12)
                        continue;
                if (!range_fits(size, at, 14))
                        return ERR_TRUNCATED;
                from_descriptor(bytes + at, ret);
                return ERR_OK;
        }
        return ERR_MISSING;
}
